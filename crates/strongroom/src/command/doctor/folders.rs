//! The data directory and the receiving folders: there, and writable.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use model::InstitutionName;

use super::check::Check;
use super::space;
use crate::config::Place;

const DATA: &str = "data directory";

/// Says that there is no installation to check.
pub fn no_data_directory(place: &Place) -> Check {
    let seen = format!("there is none at {}", place.path().display());
    let advice = "name it with --data or $STRONGROOM_DATA; `strongroom ingest` and `strongroom up` make one";
    Check::unchecked(DATA, seen, advice)
}

/// Looks at the data directory and the room on its disk.
pub fn data_directory(place: &Place) -> Vec<Check> {
    let path = place.path();
    let shown = path.display();
    let written = match write_probe(path) {
        Ok(()) => Check::ok(DATA, format!("{shown} can be written")),
        Err(error) => Check::fault(
            DATA,
            format!("{shown} cannot be written: {error}"),
            "give the user that runs strongroom the right to write there, or make room",
        ),
    };
    let room = match rustix::fs::statvfs(path) {
        Ok(stat) => space::judge("space for data", path, stat.f_bavail.saturating_mul(stat.f_frsize)),
        Err(errno) => Check::unchecked("space for data", format!("cannot ask {shown}: {errno}"), "look at its disk"),
    };
    vec![written, room]
}

/// Looks at the folder in which an institution's deposits arrive.
pub fn receiving(place: &Place, institution: &InstitutionName) -> Check {
    let name = format!("receiving {institution}");
    let path = place.receiving(institution);
    let shown = path.display();
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Check::warning(
            name,
            format!("{shown} is not there, and no deposit can arrive"),
            "the next `strongroom up` makes it",
        ),
        Err(error) => Check::fault(name, format!("cannot look at {shown}: {error}"), "mend its rights"),
        Ok(seen) if !seen.is_dir() => Check::fault(
            name,
            format!("{shown} is no folder"),
            "move what is there elsewhere; `strongroom up` makes it",
        ),
        Ok(_) => match write_probe(&path) {
            Ok(()) => Check::ok(name, shown.to_string()),
            Err(error) => Check::fault(
                name,
                format!("{shown} cannot be written: {error}"),
                "deposits are removed from there once they are stored: give strongroom the right to",
            ),
        },
    }
}

/// The name of a probe. A leading dot keeps the watcher of a receiving folder from taking it for a deposit.
pub fn probe(folder: &Path) -> PathBuf {
    folder.join(format!(".strongroom-doctor-{}", std::process::id()))
}

fn write_probe(folder: &Path) -> io::Result<()> {
    let path = probe(folder);
    let mut file = fs::File::create_new(&path)?;
    let written = file.write_all(b"probe").and_then(|()| file.sync_all());
    fs::remove_file(&path)?;
    written
}
