//! How many items a second many claimers get out of a long queue, and whether that stays the same as the queue grows.
//!
//! `queue_speed URL CLAIMERS SECONDS`: claims what is queued in the database of a server, as fast as it goes, and prints
//! claims a second and the time that one took. `bench/queue` fills a database and calls it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backends::database::{Address, Database, Server};
use jiff::{SignedDuration, Timestamp};
use model::{Action, Owner, STAGES};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [url, claimers, seconds] = arguments.as_slice() else {
        return Err("usage: queue_speed URL CLAIMERS SECONDS".into());
    };
    let (claimers, seconds): (u32, u64) = (claimers.parse()?, seconds.parse()?);
    let database = Database::open(&Address::Server(Server::parse(url, None)?)).await?;
    let (count, nanoseconds) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (begun, end) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let claiming = (0..claimers).map(|claimer| {
        let (database, count, nanoseconds) = (database.clone(), count.clone(), nanoseconds.clone());
        tokio::spawn(async move {
            let owner = Owner(format!("claimer {claimer}"));
            let stages: Vec<_> =
                STAGES.iter().filter(|row| row.action == Action::Ingest).map(|row| row.stage).collect();
            while Instant::now() < end {
                let (now, one) = (Timestamp::now(), Instant::now());
                if database.claim(&stages, &owner, now, now + SignedDuration::from_mins(30)).await?.is_none() {
                    continue;
                }
                count.fetch_add(1, Ordering::Relaxed);
                nanoseconds.fetch_add(u64::try_from(one.elapsed().as_nanos()).unwrap_or(0), Ordering::Relaxed);
            }
            Ok::<_, backends::database::DatabaseError>(())
        })
    });
    for one in claiming.collect::<Vec<_>>() {
        one.await??;
    }
    let count = count.load(Ordering::Relaxed).max(1);
    let each = Duration::from_nanos(nanoseconds.load(Ordering::Relaxed) / count);
    let mut out = std::io::stdout().lock();
    std::io::Write::write_fmt(
        &mut out,
        format_args!("{:.0} claims a second, {each:.1?} each\n", count as f64 / begun.elapsed().as_secs_f64()),
    )?;
    Ok(())
}
