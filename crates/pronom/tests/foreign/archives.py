"""Archives and compressed files: Python's own modules, py7zr, warcio, `ar`."""

import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
import zipfile

import py7zr
from backports import zstd
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

LETTER = b"Dear mother,\nI am well.\n" * 40


def make(corpus):
    tapes(corpus)
    zips(corpus)
    compressed(corpus)
    web(corpus)


def tapes(corpus):
    for name, form in [("ustar", tarfile.USTAR_FORMAT), ("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT)]:
        path = corpus.file(f"{name}.tar", "x-fmt/265", "application/x-tar", "Python's tarfile")
        with tarfile.open(path, "w", format=form) as tape:
            member = tarfile.TarInfo("brief-für-mutter/" + "1917-" * 18 + ".txt")
            member.size = len(LETTER)
            tape.addfile(member, io.BytesIO(LETTER))


def zips(corpus):
    for name, method in [("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)]:
        path = corpus.file(f"{name}.zip", "x-fmt/263", "application/zip", "Python's zipfile")
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("letter.txt", LETTER)
    path = corpus.file("program.jar", "x-fmt/412", "application/java-archive application/x-java-archive",
                       "Python's zipfile")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nCreated-By: strongroom\r\n\r\n")
    path = corpus.file("letters.7z", "fmt/484", "application/x-7z-compressed", "py7zr")
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.writestr(LETTER, "letter.txt")


def compressed(corpus):
    corpus.write("letter.gz", "x-fmt/266", "application/gzip", "Python's gzip", gzip.compress(LETTER, mtime=0))
    corpus.write("letter.bz2", "x-fmt/268", "application/x-bzip2", "Python's bz2", bz2.compress(LETTER))
    corpus.write("letter.xz", "fmt/1098", "application/x-xz", "Python's lzma", lzma.compress(LETTER))
    # PRONOM has neither; nothing else may be said.
    corpus.write("letter.zst", "-", "application/zstd", "backports.zstd", zstd.compress(LETTER))
    alone = lzma.compress(LETTER, format=lzma.FORMAT_ALONE)
    corpus.write("letter.lzma", "-", "application/x-lzma", "Python's lzma", alone)
    member = corpus.file("letter-of-an-archive.txt", "x-fmt/111", "text/plain", "by hand")
    with open(member, "wb") as target:
        target.write(LETTER)
    library = corpus.file("library.a", "fmt/1835", "application/x-archive", "ar of binutils")
    subprocess.run(["ar", "qcD", library, member], check=True)


def web(corpus):
    for version, puid in [("1.0", "fmt/1355"), ("1.1", "fmt/1281")]:
        path = corpus.file(f"crawl-{version}.warc", puid, "application/warc", "warcio")
        record_page(path, version, False)
    record_page(corpus.file("crawl.warc.gz", "x-fmt/266", "application/gzip", "warcio"), "1.0", True)


def record_page(path, version, is_compressed):
    with open(path, "wb") as target:
        writer = WARCWriter(target, gzip=is_compressed, warc_version=version)
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
        page = io.BytesIO(b"<html><body>1917</body></html>")
        writer.write_record(writer.create_warcinfo_record("crawl.warc", {"software": "warcio"}))
        writer.write_record(writer.create_warc_record("http://example.org/", "response", payload=page,
                                                      http_headers=headers))
