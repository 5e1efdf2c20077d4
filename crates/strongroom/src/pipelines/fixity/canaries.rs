//! The canaries: files planted in each store with known damage. A check that does not find it proves nothing.
//!
//! They are read and compared by the same code as the replicas. Before a replica is called proven, the canaries of its
//! store must have been caught within the hour: the flipped bit, the cut file, the lost file, and no false alarm.

use backends::storage::Store;
use digests::{Algorithm, Algorithms, Digest, Hasher};
use jiff::SignedDuration;
use model::{Damage, StepError, StoreId};

use super::super::Context;
use super::super::context::storage;
use super::super::reading_back::{ReadingBack, Wrong};
use super::super::work::ask;

/// How long it counts that the canaries were caught.
const CYCLE: SignedDuration = SignedDuration::from_hours(1);
/// Bytes of a canary: several pages, and no whole number of them.
const BYTES: usize = 70_001;

const RIGHT: &str = "right";
const FLIPPED: &str = "one-bit-flipped";
const CUT: &str = "cut";
const LOST: &str = "lost";

/// The files that are planted.
pub const PLANTED: [&str; 3] = [RIGHT, FLIPPED, CUT];

/// What must be found, and nothing else.
const DAMAGE: [(&str, Damage); 3] = [(CUT, Damage::Mismatch), (LOST, Damage::Missing), (FLIPPED, Damage::Mismatch)];

/// Says why no check of a store is to be believed now; `None` when its canaries were caught.
///
/// # Errors
/// The store has gone, the database cannot be reached, or the work is to stop.
pub fn doubt(context: &Context, store: &Store, reading: &ReadingBack<'_>) -> Result<Option<String>, StepError> {
    let id = StoreId(store.id().to_owned());
    let now = context.clock.now();
    if ask(context.database.canaries_caught_at(&id))?.is_some_and(|at| now - CYCLE < at && at <= now) {
        return Ok(None);
    }
    let because = look(store, |files| {
        let planted = store.planted().map_err(storage)?;
        reading.compare(|name| planted.open_back(name), files.into_iter())
    })?;
    ask(context.database.note_canaries(&id, because.as_deref(), now))?;
    if let Some(because) = &because {
        tracing::error!(store.id = id.0, because, "a canary was not caught: no check of this store is to be believed");
    }
    Ok(because)
}

/// Plants the canaries, has them compared, and says what is wrong with the answer.
fn look(
    store: &Store,
    compare: impl FnOnce(Vec<(String, Digest)>) -> Result<Vec<Wrong>, StepError>,
) -> Result<Option<String>, StepError> {
    let right = bytes();
    let mut flipped = right.clone();
    flipped[BYTES / 2] ^= 1;
    store.plant(&[(RIGHT, &right), (FLIPPED, &flipped), (CUT, &right[..BYTES - 1])]).map_err(storage)?;
    let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
    hasher.update(&right);
    let digest = hasher.finish().get(Algorithm::Sha256);
    let digest = digest.ok_or_else(|| StepError::stop("sha256 was not computed"))?;
    let wrong = compare([RIGHT, FLIPPED, CUT, LOST].map(|name| (name.to_owned(), digest)).into())?;
    let found = |name: &str| wrong.iter().find(|one| one.path == name).map(|one| one.damage);
    let missed = DAMAGE.iter().find(|(name, damage)| found(name) != Some(*damage));
    Ok(match (missed, found(RIGHT)) {
        (Some((name, damage)), _) => {
            let seen = found(name).map_or("nothing", Damage::name);
            Some(format!("the canary `{name}` should be told as {damage}, and {seen} is told"))
        }
        (None, Some(damage)) => Some(format!("the canary `{RIGHT}` is right, and {damage} is told")),
        (None, None) => None,
    })
}

/// Bytes that are the same for ever and have no short period.
fn bytes() -> Vec<u8> {
    let mut state = 0x2026_1121_u32;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..BYTES).map(next).collect()
}

#[cfg(test)]
mod tests {
    use backends::storage::FolderStore;

    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let store = FolderStore::create(folder.path(), "store", &[]).expect("a store can be made").into();
        (folder, store)
    }

    fn wrong(path: &str, damage: Damage) -> Wrong {
        let expected = Digest::from_bytes(Algorithm::Sha256, &[0; 32]).expect("sha256 has 32 bytes");
        Wrong { path: path.to_owned(), expected, damage, seen: String::new() }
    }

    fn all() -> Vec<Wrong> {
        DAMAGE.iter().map(|(name, damage)| wrong(name, *damage)).collect()
    }

    #[test]
    fn a_comparison_that_finds_the_damage_and_no_more_is_believed() {
        assert_eq!(look(&store().1, |_| Ok(all())).expect("it can look"), None);
    }

    #[test]
    fn a_comparison_that_is_switched_off_is_not_believed() {
        let because = look(&store().1, |_| Ok(Vec::new())).expect("it can look").expect("it is doubted");
        assert!(because.contains("nothing is told"), "{because}");
    }

    #[test]
    fn each_canary_that_is_missed_or_misnamed_is_told() {
        for place in 0..DAMAGE.len() {
            let mut missed = all();
            missed.remove(place);
            assert!(look(&store().1, |_| Ok(missed)).expect("it can look").is_some());
            let mut misnamed = all();
            misnamed[place].damage = Damage::Unreadable;
            assert!(look(&store().1, |_| Ok(misnamed)).expect("it can look").is_some());
        }
    }

    #[test]
    fn a_false_alarm_is_not_believed_either() {
        let mut alarmed = all();
        alarmed.push(wrong(RIGHT, Damage::Mismatch));
        assert!(look(&store().1, |_| Ok(alarmed)).expect("it can look").is_some());
    }

    #[test]
    fn what_is_asked_for_lies_in_the_store_as_it_is_called() {
        let (folder, store) = store();
        look(&store, |asked| {
            assert_eq!(asked.len(), 4);
            Ok(all())
        })
        .expect("it can look");
        let read = |name: &str| std::fs::read(folder.path().join("canaries").join(name)).expect("it is planted");
        let right = read(RIGHT);
        assert_eq!((right.len(), read(CUT).len(), read(FLIPPED).len()), (BYTES, BYTES - 1, BYTES));
        let differences = right.iter().zip(read(FLIPPED)).filter(|(one, other)| **one != *other).count();
        assert_eq!(differences, 1);
        assert!(!folder.path().join("canaries").join(LOST).exists());
    }
}
