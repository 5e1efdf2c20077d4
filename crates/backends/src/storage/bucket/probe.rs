//! What a bucket really does: tried with small objects below `work/.probe/`, which are removed again.

mod cold;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::Read as _;

use model::StorageClass;

use super::abilities::KEY_BYTES_MAX;
use super::longest_key::longest_key;
use super::{Abilities, BucketPlace};
use crate::s3::{Client, Condition, Content, Failure, Origin, S3Error, SINGLE_PUT_MAX, Upload, Versions};
use crate::storage::StorageError;

/// Where the probes lie, below the prefix.
pub(super) const FOLDER: &str = "work/.probe/";
/// sha256 of other bytes than those that are sent with it: of none.
const WRONG_SHA256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// What the trial of sha256 in cold classes is called.
const COPIED_SHA256: &str = "sha256 of what is copied";

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was tried.
    pub name: &'static str,
    /// Whether the bucket does it.
    pub is_proven: bool,
    /// Whether a store can do without.
    pub is_needed: bool,
    /// What was seen instead, or what follows from it.
    pub note: String,
}

/// All that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// What was seen.
    pub findings: Vec<Finding>,
    /// What a store relies on from now on.
    pub abilities: Abilities,
}

impl BucketPlace {
    /// Tries what the bucket does, and leaves nothing behind. Needs no store there.
    ///
    /// # Errors
    /// `StoreGone` when there is no such bucket; `Refused`, `Unreachable`.
    pub fn probe(&self) -> Result<Probed, StorageError> {
        let key_bytes_max = Cell::new(KEY_BYTES_MAX);
        let (client, named) = (self.client.clone(), RefCell::default());
        let probing = Probing { client, top: self.key(FOLDER), class: self.class, key_bytes_max, named };
        let probed = probing.all();
        let cleared = probing.clear();
        let probed = probed?;
        cleared?;
        Ok(probed)
    }
}

/// Probes a bucket, and refuses one that cannot keep a store.
pub(super) fn prove(place: &BucketPlace) -> Result<Probed, StorageError> {
    let probed = place.probe()?;
    match probed.findings.iter().find(|finding| finding.is_needed && !finding.is_proven) {
        None => Ok(probed),
        Some(missing) => Err(StorageError::NotOnBucket {
            place: place.path_of(""),
            because: format!("its server cannot do what a store needs: {} ({})", missing.name, missing.note),
        }),
    }
}

/// Where the stretch begins that is copied to find out whether it can be: no border of anything.
const COPIED_FROM: usize = (5 << 20) + 4321;
/// How long it is.
const COPIED_BYTES: usize = 100_000;

/// What follows where abandoned uploads cannot be found.
const LIFE_CYCLE: &str = "parts of uploads that broke off stay in the bucket and cost room: \
                          set a life-cycle rule that aborts unfinished uploads (AbortIncompleteMultipartUpload)";

struct Probing {
    client: Client,
    top: String,
    class: StorageClass,
    key_bytes_max: Cell<usize>,
    /// All keys that were spoken of.
    named: RefCell<BTreeSet<String>>,
}

/// Proven, or what was seen instead.
type Tried = Result<Result<(), String>, S3Error>;
/// What is tried, whether a store needs it, how, and what follows when it cannot be done.
type Try = (&'static str, bool, fn(&Probing) -> Tried, &'static str);

impl Probing {
    fn all(&self) -> Result<Probed, StorageError> {
        // A bucket that is not there, or not ours, is no finding.
        self.client.list(&self.top, None).next().transpose()?;
        let tries: [Try; 12] = [
            ("put, get, delete", true, Self::round_trip, ""),
            ("read by range", true, Self::ranges, ""),
            ("listed as soon as written", true, Self::listed, ""),
            ("names with any character", true, Self::names, ""),
            ("names of 1024 bytes", false, Self::long_names, "deposits with longer ones are refused"),
            ("put in parts", true, Self::parts, ""),
            ("list what was begun", false, Self::begun, LIFE_CYCLE),
            ("sha256 proven on arrival", false, Self::sha256, "md5 is sent instead"),
            ("put if nothing is there", false, Self::absent, "the lease in the database keeps two writers apart"),
            ("put if it is the same", false, Self::same, "the lease in the database keeps two writers apart"),
            ("copy by range", false, Self::range_copy, "members of deposits in buckets pass through this program"),
            ("deleted for good", false, Self::for_good, "no object can be deleted from this store"),
        ];
        let mut tries = tries.to_vec();
        if self.class != StorageClass::Standard {
            let without = "a look at frozen content tells only that it is there (grade D)";
            tries.push((COPIED_SHA256, false, Self::copied_sha256, without));
            tries.push(("kept in the store's class", true, Self::kept_in_class, ""));
        }
        if self.class.is_frozen() {
            tries.push(("thawed when asked for", true, Self::thawed, ""));
        }
        let mut findings = Vec::new();
        for (name, is_needed, try_it, without) in tries {
            let seen = match try_it(self) {
                Ok(seen) => seen,
                Err(error) if error.failure.is_about_the_store() => return Err(error.into()),
                Err(error) => Err(error.to_string()),
            };
            let note = match &seen {
                Ok(()) => String::new(),
                Err(seen) if without.is_empty() => seen.clone(),
                Err(seen) => format!("{seen}: {without}"),
            };
            findings.push(Finding { name, is_proven: seen.is_ok(), is_needed, note });
        }
        let proven = |name: &str| findings.iter().any(|finding| finding.name == name && finding.is_proven);
        let abilities = Abilities {
            put_if_absent: proven("put if nothing is there"),
            put_if_same: proven("put if it is the same"),
            sha256: proven("sha256 proven on arrival"),
            copied_sha256: (self.class != StorageClass::Standard).then(|| proven(COPIED_SHA256)),
            encoded_listings: self.client.asks_for_encoding(),
            range_copy: proven("copy by range"),
            key_bytes_max: self.key_bytes_max.get(),
            proven_at: Some(self.client.now()),
        };
        Ok(Probed { findings, abilities })
    }

    fn key(&self, name: &str) -> String {
        let key = format!("{}{name}", self.top);
        if !name.ends_with('/') {
            self.named.borrow_mut().insert(key.clone());
        }
        key
    }

    /// Removes what was put: by name too, since a server whose listings are late lists it only when we are gone.
    fn clear(&self) -> Result<(), S3Error> {
        let named: Vec<_> = self.named.borrow().iter().cloned().collect();
        self.client.delete(&named)?;
        self.client.delete_below(&self.top)
    }

    fn put(&self, name: &str, text: &str, condition: Condition<'_>) -> Result<String, S3Error> {
        self.client.put(&self.key(name), Content::Bytes(text.as_bytes()), condition)
    }

    fn text(&self, name: &str) -> Result<Option<String>, S3Error> {
        let got = self.client.get(&self.key(name), 1 << 10)?;
        Ok(got.map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn round_trip(&self) -> Tried {
        for text in ["first", "second", ""] {
            self.put("one", text, Condition::Always)?;
            if self.text("one")?.as_deref() != Some(text) {
                return Ok(Err("other bytes come back".to_owned()));
            }
        }
        self.client.delete(&[self.key("one"), self.key("two")])?;
        Ok(if self.text("one")?.is_none() { Ok(()) } else { Err("it is there still".to_owned()) })
    }

    fn ranges(&self) -> Tried {
        use std::io::{Seek, SeekFrom};
        let text: String =
            (0..100_000).map(|number| char::from(b'a' + u8::try_from(number % 23).unwrap_or(0))).collect();
        self.put("range", &text.repeat(4), Condition::Always)?;
        let mut reading = self.client.open(&self.key("range"))?;
        let mut tail = String::new();
        let read = reading.seek(SeekFrom::Start(399_990)).and_then(|_| reading.read_to_string(&mut tail));
        Ok(match read {
            Ok(_) if tail == text[99_990..] => Ok(()),
            Ok(_) => Err("other bytes come back".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    fn listed(&self) -> Tried {
        for name in ["list/a", "list/b/c"] {
            self.put(name, "x", Condition::Always)?;
            let seen = self.client.list(&self.key("list/"), None).collect::<Result<Vec<_>, _>>()?;
            if !seen.iter().any(|listed| listed.key == self.key(name) && listed.size_bytes == 1) {
                return Ok(Err("a listing is older than the write before it".to_owned()));
            }
        }
        let folders = self.client.list(&self.key("list/"), Some('/')).collect::<Result<Vec<_>, _>>()?;
        if !folders.iter().any(|listed| listed.is_prefix) {
            return Ok(Err("it tells no folders".to_owned()));
        }
        self.client.delete(&[self.key("list/a")])?;
        let seen = self.client.list(&self.key("list/"), None).collect::<Result<Vec<_>, _>>()?;
        Ok(if seen.iter().any(|listed| listed.key == self.key("list/a")) {
            Err("a listing shows what was deleted before it".to_owned())
        } else {
            Ok(())
        })
    }

    fn names(&self) -> Tried {
        let name = "names/%41 ~+&=é(1)'*!";
        self.put(name, "x", Condition::Always)?;
        let is_read = self.text(name)?.is_some();
        // Some servers say that they encode names, and do not.
        for is_encoded in [true, false] {
            self.client.ask_for_encoding(is_encoded);
            let seen = self.client.list(&self.key("names/"), None).collect::<Result<Vec<_>, _>>()?;
            if is_read && seen.iter().any(|listed| listed.key == self.key(name)) {
                return Ok(Ok(()));
            }
        }
        self.client.ask_for_encoding(true);
        Ok(Err("a name comes back otherwise".to_owned()))
    }

    fn long_names(&self) -> Tried {
        Ok(match longest_key(&self.client, &self.key("long/")) {
            Ok(KEY_BYTES_MAX) => Ok(()),
            Ok(longest) => {
                self.key_bytes_max.set(longest);
                Err(format!("it takes keys of {longest} bytes at the most"))
            }
            // Not every server has a word for it that we know.
            Err(error) if error.failure.is_after_tries() || !error.failure.is_about_the_store() => {
                Err(error.to_string())
            }
            Err(error) => return Err(error),
        })
    }

    fn parts(&self) -> Tried {
        let length = usize::try_from(SINGLE_PUT_MAX).unwrap_or(usize::MAX) + 1;
        let mut upload = Upload::new(&self.client, self.key("parts"));
        let written = std::io::copy(&mut pattern(length).as_slice(), &mut upload);
        if let Err(error) = written {
            return match error.downcast::<S3Error>() {
                Ok(error) => Err(error),
                Err(error) => Ok(Err(error.to_string())),
            };
        }
        upload.finish(Condition::Always)?;
        let head = self.client.head(&self.key("parts"))?;
        Ok(if head.is_some_and(|head| head.size_bytes == length as u64) {
            Ok(())
        } else {
            Err("a part is lost".to_owned())
        })
    }

    /// Begins an upload, forgets it, and gives it up as the sweeper does.
    fn begun(&self) -> Tried {
        let key = self.key("begun");
        let upload = self.client.begin_upload(&key)?;
        let given_up = self.client.abort_below(&key, None);
        if !matches!(given_up, Ok(1..)) {
            self.client.abort_quietly(&key, &upload);
        }
        Ok(if given_up? > 0 { Ok(()) } else { Err("the server does not tell of it".to_owned()) })
    }

    fn sha256(&self) -> Tried {
        let digest = ("x-amz-checksum-sha256", WRONG_SHA256.to_owned());
        let wrong = Content::Bytes(b"not none");
        match self.client.put_once_claiming(&self.key("sha256"), wrong, digest) {
            Ok(_) => return Ok(Err("bytes with another sha256 are taken".to_owned())),
            Err(error) if error.failure.is_about_the_store() && !error.failure.is_after_tries() => return Err(error),
            Err(_) => {}
        }
        // Refused: because it is wrong, or because the server does not know the header at all?
        let right = Content::Bytes(b"");
        let digest = ("x-amz-checksum-sha256", WRONG_SHA256.to_owned());
        Ok(match self.client.put_once_claiming(&self.key("sha256"), right, digest) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        })
    }

    fn absent(&self) -> Tried {
        self.put("absent", "first", Condition::Absent)?;
        let second = self.put("absent", "second", Condition::Absent);
        self.refused_and_unchanged("absent", second)
    }

    fn same(&self) -> Tried {
        let first = self.put("same", "zero", Condition::Always)?;
        self.put("same", "first", Condition::Is(&first))?;
        let second = self.put("same", "second", Condition::Is(&first));
        self.refused_and_unchanged("same", second)
    }

    fn refused_and_unchanged(&self, name: &str, second: Result<String, S3Error>) -> Tried {
        match second {
            Err(S3Error { failure: Failure::Precondition, .. }) if self.text(name)?.as_deref() == Some("first") => {
                Ok(Ok(()))
            }
            Ok(_) => Ok(Err("the condition is not heeded".to_owned())),
            Err(S3Error { failure: Failure::Precondition, .. }) => Ok(Err("refused, and yet written".to_owned())),
            Err(error) => Err(error),
        }
    }

    /// Copies from what was put in parts, which is long enough for it.
    fn range_copy(&self) -> Tried {
        let Some(head) = self.client.head(&self.key("parts"))? else {
            return Ok(Err("nothing to copy from".to_owned()));
        };
        let (from, length) = (COPIED_FROM, COPIED_BYTES);
        let origin = Origin {
            bucket: &self.client.address().bucket,
            key: &self.key("parts"),
            etag: &head.etag,
            offset_bytes: from as u64,
            length_bytes: length as u64,
        };
        match self.client.copy_stretch(&self.key("copied"), origin, Condition::Always) {
            Err(error) if error.failure.is_no_copy() => return Ok(Err(error.to_string())),
            copied => copied?,
        };
        let got = self.client.get(&self.key("copied"), length as u64)?;
        let is_right = got.is_some_and(|(bytes, _)| bytes == pattern(from + length)[from..]);
        Ok(if is_right { Ok(()) } else { Err("other bytes than asked for".to_owned()) })
    }

    fn for_good(&self) -> Tried {
        match self.client.keeps_versions() {
            Ok(false) => Ok(Ok(())),
            // What was tried before has left some.
            Ok(true) => Ok(self.client.delete_versions_below(&self.top, Versions::Old).map_err(|error| {
                format!("the bucket keeps old versions of what is deleted, and does not let them go ({error})")
            })),
            // A right that a store can do without.
            Err(error @ S3Error { failure: Failure::Refused { .. }, .. }) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }
}

/// Bytes that are others everywhere.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|place| ((place >> 10) ^ (place >> 4) ^ place) as u8).collect()
}
