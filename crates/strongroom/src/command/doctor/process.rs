//! The limits that the system sets to our processes.

use rustix::process::{Resource, getrlimit};

use super::check::Check;

/// Below this, one deposit alone may run into the limit.
const FAULT_FILES: u64 = 256;
/// Below this, many deposits at once may.
const WARNING_FILES: u64 = 1024;

/// Looks at how many files a process may have open.
pub fn open_files() -> Check {
    judge(getrlimit(Resource::Nofile).current)
}

fn judge(limit: Option<u64>) -> Check {
    let name = "open files";
    let advice = "raise the limit: ulimit -n 4096, or LimitNOFILE=4096 in the service's unit";
    match limit {
        None => Check::ok(name, "no limit"),
        Some(limit @ 0..FAULT_FILES) => Check::fault(name, format!("at most {limit}"), advice),
        Some(limit @ FAULT_FILES..WARNING_FILES) => Check::warning(name, format!("at most {limit}"), advice),
        Some(limit) => Check::ok(name, format!("at most {limit}")),
    }
}
