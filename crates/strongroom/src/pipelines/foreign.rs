//! A program of somebody else, run with a limit of time and without a shell.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal as Kill, kill_process_group};

use super::Signal;

/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// The end of what a program said is kept, of this length.
const SAID_BYTES_MAX: u64 = 4_000;

/// Why a program did not do what it was run for.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// There is nothing to run.
    #[error("no program is named")]
    Nothing,
    /// It could not be started, or its output not be kept.
    #[error("cannot run {program}")]
    Run {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It took too long, and was killed with all that it had started.
    #[error("{program} did not end within {seconds} seconds and was killed")]
    TooLong {
        /// The program.
        program: String,
        /// The limit.
        seconds: u64,
    },
    /// It ended as one does that has failed.
    #[error("{program} ended with {status}: {said}")]
    Failed {
        /// The program.
        program: String,
        /// How.
        status: ExitStatus,
        /// The end of what it said.
        said: String,
    },
    /// We are to stop.
    #[error("stopped while {program} was running")]
    Stopped {
        /// The program.
        program: String,
    },
}

/// Runs a program, gives it some bytes to read, and returns the end of what it said. Call where it may block.
///
/// # Errors
/// It cannot be started, fails, takes too long, or the work is to stop.
pub fn run(command: &[String], input: &[u8], limit: Duration, signal: &Signal) -> Result<String, ForeignError> {
    let (program, arguments) = command.split_first().ok_or(ForeignError::Nothing)?;
    let failed = |source| ForeignError::Run { program: program.clone(), source };
    let output = tempfile::tempfile().map_err(failed)?;
    let both = output.try_clone().and_then(|out| Ok((out, output.try_clone()?))).map_err(failed)?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(both.0)
        .stderr(both.1)
        // A group of its own: what it starts is killed with it.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take()
        && let Err(error) = stdin.write_all(input)
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        tracing::debug!(program, %error, "a program does not read what it is given");
    }
    let status = wait(&mut child, program, limit, signal)?;
    let said = end_of(output).map_err(failed)?;
    if status.success() {
        return Ok(said);
    }
    Err(ForeignError::Failed { program: program.clone(), status, said })
}

fn wait(child: &mut Child, program: &str, limit: Duration, signal: &Signal) -> Result<ExitStatus, ForeignError> {
    let failed = |source| ForeignError::Run { program: program.to_owned(), source };
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        let error = if signal.is_raised() {
            ForeignError::Stopped { program: program.to_owned() }
        } else if begun.elapsed() >= limit {
            ForeignError::TooLong { program: program.to_owned(), seconds: limit.as_secs() }
        } else {
            std::thread::sleep(LOOK);
            continue;
        };
        // Gone already is well: then waiting says so.
        if let Err(errno) = kill_process_group(Pid::from_child(child), Kill::KILL) {
            tracing::debug!(program, %errno, "it could not be killed");
        }
        child.wait().map_err(failed)?;
        return Err(error);
    }
}

fn end_of(mut output: File) -> io::Result<String> {
    let length = output.seek(SeekFrom::End(0))?;
    output.seek(SeekFrom::Start(length.saturating_sub(SAID_BYTES_MAX)))?;
    let mut said = Vec::new();
    output.take(SAID_BYTES_MAX).read_to_end(&mut said)?;
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, input: &[u8], milliseconds: u64) -> Result<String, ForeignError> {
        let command = ["sh", "-c", script].map(str::to_owned);
        run(&command, input, Duration::from_millis(milliseconds), &Signal::default())
    }

    #[test]
    fn it_reads_what_it_is_given_and_its_last_words_are_kept() {
        assert_eq!(sh("cat; echo b >&2", b"a\n", 10_000).expect("it ends well"), "a\nb");
        assert!(sh("true", &[b'x'; 60_000], 10_000).is_ok(), "it need not read");
        let failed = sh("echo why; exit 3", b"", 10_000).expect_err("it fails").to_string();
        assert!(failed.contains("exit status: 3") && failed.ends_with("why"), "{failed}");
        assert!(matches!(run(&[], b"", Duration::ZERO, &Signal::default()), Err(ForeignError::Nothing)));
        let missing = run(&["/no/such/program".to_owned()], b"", Duration::ZERO, &Signal::default());
        assert!(matches!(missing, Err(ForeignError::Run { .. })));
    }

    #[test]
    fn what_takes_too_long_is_killed_with_what_it_started() {
        let begun = Instant::now();
        let error = sh("sleep 600 & sleep 600", b"", 100).expect_err("it takes too long");
        assert!(matches!(error, ForeignError::TooLong { .. }), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
