//! Whose turn it is: which institutions have items waiting at which stages, and how much of each is in work.
//!
//! A queue of a million items cannot be put in order at each claim. So a process looks now and then at who waits, by one
//! probe of an index for each institution and stage, and keeps that list; a claim then takes the oldest item of one
//! institution at one stage, which an index finds however long the queue is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use model::Stage;

use super::engine::query;
use super::error::Asked;
use super::rows::micros;
use super::{Database, DatabaseError};

/// For how long the list is good at least; what other processes claim and what arrives by them is not in it.
const FRESH: SignedDuration = SignedDuration::from_secs(1);
/// How many turns make it good for a second more: making it costs three probes of an index each.
const TURNS_A_SECOND: usize = 1_000;

/// The turns that a process knows of. All clones share one list.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    list: Arc<Mutex<List>>,
    /// Held by the one that makes the list anew; the others wait for it instead of doing the same.
    making: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Default)]
struct List {
    /// Grows each time that the list is made.
    number: u64,
    made_at: Timestamp,
    turns: Vec<Turn>,
    /// Items in work by institution.
    in_work: HashMap<String, u64>,
}

/// Items of one institution that wait at one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) stage: Stage,
    pub(super) institution: String,
    /// When the first of them is to be tried, in microseconds, and its number.
    first: (i64, i64),
}

impl Turns {
    /// Takes the next turn: that of the institution with the fewest items in work, then of the item that has waited
    /// longest. It counts as in work from now on. `None` when there is none in the list; with the list's number.
    pub(super) fn next(&self, stages: &[Stage], now: Timestamp) -> (u64, Option<Turn>) {
        let mut list = self.list();
        let age = now.duration_since(list.made_at);
        let more = SignedDuration::from_secs((list.turns.len() / TURNS_A_SECOND) as i64);
        if list.number == 0 || age.is_negative() || age >= FRESH + more {
            return (list.number, None);
        }
        let of = |institution: &str| list.in_work.get(institution).copied().unwrap_or(0);
        let ready = list.turns.iter().filter(|turn| turn.first.0 <= micros(now) && stages.contains(&turn.stage));
        let turn = ready.min_by_key(|turn| (of(&turn.institution), turn.first)).cloned();
        if let Some(turn) = &turn {
            *list.in_work.entry(turn.institution.clone()).or_default() += 1;
        }
        (list.number, turn)
    }

    /// Notes what became of a turn: the item that was claimed by it, or that none was to be had.
    pub(super) fn ended(&self, number: u64, turn: &Turn, claimed: Option<(i64, i64)>) {
        let mut list = self.list();
        if list.number != number {
            return;
        }
        let is_it = |one: &Turn| one.stage == turn.stage && one.institution == turn.institution;
        match claimed {
            Some(first) => {
                if let Some(turn) = list.turns.iter_mut().find(|one| is_it(one)) {
                    turn.first = turn.first.max(first);
                }
            }
            None => {
                list.turns.retain(|one| !is_it(one));
                if let Some(count) = list.in_work.get_mut(&turn.institution) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// Has the list made anew before the next turn: something was put in the queue by this process.
    pub(super) fn forget(&self) {
        self.list().made_at = Timestamp::MIN;
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Database {
    /// Makes the list of turns anew, unless another has since it had this number; leases that ended are freed first.
    pub(super) async fn look_whose_turn(&self, number: u64, now: Timestamp) -> Result<(), DatabaseError> {
        let _making = self.turns.making.lock().await;
        if self.turns.list().number != number {
            return Ok(());
        }
        self.free_ended_leases(now).await?;
        let asked = "look whose turn it is";
        let in_work =
            query("SELECT institution, count(*) FROM work_items WHERE lease_owner IS NOT NULL GROUP BY institution")
                .fetch_all(&self.pool)
                .await
                .asked(asked)?;
        let in_work =
            in_work.iter().map(|row| (row.get::<String, _>(0), row.get::<i64, _>(1).unsigned_abs())).collect();
        let rows = query(WAITING).fetch_all(&self.pool).await.asked(asked)?;
        let turn = |row: &super::engine::Row| {
            let stage = row.get::<&str, _>(0);
            let stage = stage.parse().map_err(|_| DatabaseError::Damaged(format!("an item at the stage {stage}")))?;
            // None when the last item of it was claimed between two probes.
            let first = row.get::<Option<i64>, _>(2).zip(row.get::<Option<i64>, _>(3));
            Ok(first.map(|first| Turn { stage, institution: row.get(1), first }))
        };
        let turns = rows.iter().filter_map(|row| turn(row).transpose()).collect::<Result<_, DatabaseError>>()?;
        *self.turns.list() = List { number: number + 1, made_at: now, turns, in_work };
        Ok(())
    }

    /// Lets items wait again whose worker let its lease run out. Looking costs no lock.
    async fn free_ended_leases(&self, now: Timestamp) -> Result<(), DatabaseError> {
        let ended = "lease_owner IS NOT NULL AND lease_until < $1";
        let asked = "free the leases that have ended";
        let look = query(format!("SELECT 1 FROM work_items WHERE {ended} LIMIT 1")).bind(micros(now));
        if look.fetch_optional(&self.pool).await.asked(asked)?.is_some() {
            query(format!(
                "UPDATE work_items SET status = 'pending', lease_owner = NULL, lease_until = 0, fence = fence + 1 WHERE {ended}"
            ))
            .bind(micros(now))
            .execute(&self.pool)
            .await
            .asked(asked)?;
        }
        Ok(())
    }
}

/// Goes from one pair of stage and institution to the next by the index `work_items_turn`, over all items of a pair at
/// once, and tells the first item of each.
const WAITING: &str = "WITH RECURSIVE turns (stage, institution) AS ( \
    SELECT * FROM (SELECT stage, institution FROM work_items WHERE status = 'pending' \
        ORDER BY stage, institution LIMIT 1) AS one \
    UNION ALL SELECT \
        (SELECT n.stage FROM work_items n WHERE n.status = 'pending' \
            AND (n.stage, n.institution) > (t.stage, t.institution) ORDER BY n.stage, n.institution LIMIT 1), \
        (SELECT n.institution FROM work_items n WHERE n.status = 'pending' \
            AND (n.stage, n.institution) > (t.stage, t.institution) ORDER BY n.stage, n.institution LIMIT 1) \
    FROM turns t WHERE t.stage IS NOT NULL) \
    SELECT stage, institution, \
        (SELECT w.next_try_at FROM work_items w WHERE w.status = 'pending' AND w.stage = t.stage \
            AND w.institution = t.institution ORDER BY w.next_try_at, w.id LIMIT 1), \
        (SELECT w.id FROM work_items w WHERE w.status = 'pending' AND w.stage = t.stage \
            AND w.institution = t.institution ORDER BY w.next_try_at, w.id LIMIT 1) \
    FROM turns t WHERE stage IS NOT NULL";
