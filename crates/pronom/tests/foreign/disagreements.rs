//! Where other programs call a file otherwise, with the reason of each.

/// Why, and of each file its name and what the program answers.
pub type Reason = (&'static str, &'static [(&'static str, &'static str)]);

/// What PRONOM gives as media type.
pub const MEDIA_TYPES: &[Reason] =
    &[("it is that of the file format around such a stream", &[("stream.j2k", "image/jp2")])];

/// What fido 1.6.1 answers. Its signatures are version 109 of PRONOM's and the container signatures of 21 January 2020.
pub const FIDO: &[Reason] = &[
    (
        "its signatures do not have the format yet",
        &[
            ("av1.avif", "-"),
            ("kew.jsonl", "-"),
            ("letters.ris", "-"),
            ("library.a", "-"),
            ("settings.toml", "-"),
            ("stream.j2k", "-"),
            ("outline.opml", "fmt/101"),
            ("mother-2.1.vcf", "fmt/395"),
            ("mother-3.0.vcf", "fmt/395"),
            ("mother-4.0.vcf", "fmt/395"),
        ],
    ),
    (
        "it has the format, but no signature that tells the width of the program",
        &[("launcher-32.exe", "x-fmt/411"), ("launcher-64.exe", "x-fmt/411")],
    ),
    (
        "it stays with what the bytes of the outer file tell, and does not settle it inside",
        &[
            ("97.dot", "fmt/40"),
            ("locked.doc", "fmt/40"),
            ("accounts.xls", "fmt/61 fmt/62"),
            ("accounts.ods", "fmt/294"),
            ("letter.odt", "fmt/290"),
            ("plan.odg", "fmt/296"),
            ("talk.odp", "fmt/292"),
            ("written.odg", "fmt/296"),
            ("written.odp", "fmt/292"),
            ("written.ods", "fmt/294"),
            ("written.odt", "fmt/290"),
            ("written.ott", "fmt/290"),
        ],
    ),
    (
        "it takes the first sequence of a container signature for the whole of it, and leaves out those without any",
        &[("97.xls", "fmt/61 x-fmt/17"), ("97.xlt", "fmt/61 x-fmt/17"), ("97.ppt", "fmt/111")],
    ),
    (
        "it names every format of the extension, and chooses none",
        &[
            ("letter-ascii.txt", TEXTS),
            ("letter-latin-1.txt", TEXTS),
            ("letter-of-an-archive.txt", TEXTS),
            ("letter-utf-16-be.txt", TEXTS),
            ("letter-utf-16.txt", TEXTS),
            ("letter-utf-8-mark.txt", TEXTS),
            ("letter-utf-8.txt", TEXTS),
            ("written.txt", TEXTS),
            ("superblock-3.h5", "fmt/286 fmt/287 fmt/807"),
            ("window.ico", "fmt/1092 fmt/1169 x-fmt/418"),
            ("written.dif", "x-fmt/368 x-fmt/41"),
        ],
    ),
    (
        "it holds the formats of an extension against each other's priority, as if their signatures had matched",
        &[("bare.eml", "fmt/950"), ("kew.json", "fmt/1311"), ("level-4.mat", "fmt/1177 fmt/806 fmt/828")],
    ),
    (
        "it has formats of its own beside PRONOM's",
        &[("letters.py", "fido-fmt/python fmt/938"), ("superblock-0.h5", "fido-fmt/nexus fmt/807")],
    ),
    ("it does not tell text that has no extension", &[("LETTER", "-")]),
];

/// The formats of the extension `txt` that fido knows.
const TEXTS: &str = "fmt/1085 fmt/1591 x-fmt/111";

/// The version of `file` whose answers are below: that of Debian 12. With another one they are told and not judged.
pub const FILE_VERSION: &str = "5.44";

const UNKNOWN: &str = "application/octet-stream";
const DOCUMENT: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const SLIDES: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// What `file` answers.
pub const FILE: &[Reason] = &[
    (
        "it does not read what an Office Open XML file is declared to be inside",
        &[
            ("2007.docm", DOCUMENT),
            ("2007.dotx", DOCUMENT),
            ("2007.potx", SLIDES),
            ("2007.pptm", SLIDES),
            ("2007.xlsm", SHEET),
            ("2007.xltx", SHEET),
        ],
    ),
    (
        "it stays with the format that this one is made of",
        &[
            ("kew.kmz", "application/zip"),
            ("letters.mbox", "text/plain"),
            ("program.jar", "application/zip"),
            ("window.xbm", "text/plain"),
        ],
    ),
    (
        "it has a name of its own for it, or takes it for a relation",
        &[("amiga.8svx", "audio/x-aiff"), ("blaster.voc", "audio/x-unknown")],
    ),
    ("it does not know the format", &[("catalogue.mrc", UNKNOWN)]),
    (
        "it knows the format, and has no media type for it",
        &[
            ("iris.rgb", UNKNOWN),
            ("kew.shp", UNKNOWN),
            ("kew.shx", UNKNOWN),
            ("paint.msp", UNKNOWN),
            ("texture.dds", UNKNOWN),
            ("tone.caf", UNKNOWN),
            ("written.emf", UNKNOWN),
        ],
    ),
];
