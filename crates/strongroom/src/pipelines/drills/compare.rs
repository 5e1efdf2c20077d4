//! Two registries held against each other, row by row: the one in use, and the one that a store gives.

use std::cmp::Ordering;
use std::collections::VecDeque;

use backends::database::{Database, REGISTRY_PARTS, RegistryPart, RegistryRow};
use jiff::Timestamp;
use model::{ObjectId, ObjectIdentifier, StepError, StoreId};

use super::super::work::ask;
use super::super::{Context, Signal};

/// Objects read at once.
const PAGE_OBJECTS: u32 = 500;
/// Rows of one object read at once.
const PAGE_ROWS: u32 = 2_000;
/// Differences that are named; the rest is counted.
const NAMED_MAX: usize = 100;

/// What differs, as far as it was compared.
pub struct Comparing<'a> {
    context: &'a Context,
    store: &'a StoreId,
    begun_at: Timestamp,
    signal: &'a Signal,
    objects: u64,
    rows: u64,
    differences: u64,
    named: Vec<String>,
    /// Files whose format was told after the deposit, which no store knows.
    later: u64,
    /// Objects that a deposit changed meanwhile: nobody can say what is right of them now.
    changed: u64,
}

impl<'a> Comparing<'a> {
    /// Begins; what deposits have changed since `begun_at` is no difference.
    pub fn new(context: &'a Context, store: &'a StoreId, begun_at: Timestamp, signal: &'a Signal) -> Self {
        let (objects, rows, differences, later, changed) = (0, 0, 0, 0, 0);
        let named = Vec::new();
        Self { context, store, begun_at, signal, objects, rows, differences, named, later, changed }
    }

    /// Notes that an object of the store cannot be in a registry that is made from it.
    pub fn left_out(&mut self, what: String) {
        self.differ(1, vec![what]);
    }

    /// Returns whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.differences == 0
    }

    /// Returns what was seen, a line each.
    pub fn report(&self) -> Vec<String> {
        let mut report =
            vec![format!("{} rows of {} objects compared, {} differ", self.rows, self.objects, self.differences)];
        if self.changed > 0 {
            report.push(format!("{} objects were changed by deposits meanwhile, and not compared", self.changed));
        }
        if self.later > 0 {
            report.push(format!("{} files have a format that was told after the deposit, as may be", self.later));
        }
        report.extend(self.named.iter().cloned());
        if self.differences > self.named.len() as u64 {
            report.push(format!("{} more", self.differences - self.named.len() as u64));
        }
        report
    }

    fn differ(&mut self, count: u64, named: Vec<String>) {
        self.differences += count;
        let room = NAMED_MAX.saturating_sub(self.named.len());
        self.named.extend(named.into_iter().take(room));
    }

    /// Compares every object that the store should hold or does hold.
    ///
    /// # Errors
    /// One of the databases cannot be read, or the work is to stop.
    pub fn compare(&mut self, anew: &Database) -> Result<(), StepError> {
        let mut live = Objects::new(&self.context.database, Some(self.store));
        let mut made = Objects::new(anew, None);
        loop {
            self.signal.check()?;
            let (one, other) = (live.peek()?, made.peek()?);
            let order = match (&one, &other) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.0.cmp(&other.0),
            };
            let (Some((id, identifier)), here) = (match order {
                Ordering::Greater => (other, "only in the store"),
                _ => (one, "only in the registry"),
            }) else {
                return Ok(());
            };
            let (mut count, mut named) = (1, vec![format!("{identifier}: {here}")]);
            if order == Ordering::Equal {
                (count, named) = self.object(anew, id, &identifier)?;
            }
            self.objects += 1;
            if count > 0 {
                if ask(self.context.database.was_worked_on(&identifier, self.begun_at))? {
                    self.changed += 1;
                } else {
                    self.differ(count, named);
                }
            }
            if order != Ordering::Greater {
                live.next();
            }
            if order != Ordering::Less {
                made.next();
            }
        }
    }

    fn object(
        &mut self,
        anew: &Database,
        id: ObjectId,
        identifier: &ObjectIdentifier,
    ) -> Result<(u64, Vec<String>), StepError> {
        let (mut count, mut named) = (0, Vec::new());
        for part in &REGISTRY_PARTS {
            let mut live = Rows::new(&self.context.database, id, part);
            let mut made = Rows::new(anew, id, part);
            loop {
                let (one, other) = (live.peek()?, made.peek()?);
                let order = match (&one, &other) {
                    (None, None) => break,
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(one), Some(other)) => one.key.cmp(&other.key),
                };
                self.rows += 1;
                let what = match (&one, &other, order) {
                    (Some(one), Some(other), Ordering::Equal) if one.line == other.line => {
                        self.later += u64::from(one.later != other.later);
                        None
                    }
                    (Some(one), Some(other), Ordering::Equal) => {
                        Some(format!("registry {}, store {}", one.line, other.line))
                    }
                    (Some(one), _, Ordering::Less) => Some(format!("only in the registry: {}", one.line)),
                    (_, Some(other), _) => Some(format!("only in the store: {}", other.line)),
                    _ => None,
                };
                if let (Some(what), Some(row)) = (what, if order == Ordering::Greater { &other } else { &one }) {
                    count += 1;
                    if named.len() < NAMED_MAX {
                        let (text, number) = &row.key;
                        named.push(format!("{identifier}: {} {text} {number}: {what}", part.name));
                    }
                }
                if order != Ordering::Greater {
                    live.next();
                }
                if order != Ordering::Less {
                    made.next();
                }
            }
        }
        Ok((count, named))
    }
}

/// The objects of a registry, a page at a time.
struct Objects<'a> {
    database: &'a Database,
    store: Option<&'a StoreId>,
    page: VecDeque<(ObjectId, ObjectIdentifier)>,
    after: Option<ObjectId>,
    is_ended: bool,
}

impl<'a> Objects<'a> {
    fn new(database: &'a Database, store: Option<&'a StoreId>) -> Self {
        Self { database, store, page: VecDeque::new(), after: None, is_ended: false }
    }

    fn peek(&mut self) -> Result<Option<(ObjectId, ObjectIdentifier)>, StepError> {
        if self.page.is_empty() && !self.is_ended {
            self.page = ask(self.database.registry_objects(self.store, self.after, PAGE_OBJECTS))?.into();
            self.is_ended = self.page.is_empty();
            self.after = self.page.back().map(|(id, _)| *id);
        }
        Ok(self.page.front().cloned())
    }

    fn next(&mut self) {
        self.page.pop_front();
    }
}

/// The rows of one part of an object, a page at a time.
struct Rows<'a> {
    database: &'a Database,
    object: ObjectId,
    part: &'a RegistryPart,
    page: VecDeque<RegistryRow>,
    after: Option<(String, i64)>,
    is_ended: bool,
}

impl<'a> Rows<'a> {
    fn new(database: &'a Database, object: ObjectId, part: &'a RegistryPart) -> Self {
        Self { database, object, part, page: VecDeque::new(), after: None, is_ended: false }
    }

    fn peek(&mut self) -> Result<Option<RegistryRow>, StepError> {
        if self.page.is_empty() && !self.is_ended {
            let page = self.database.registry_rows(self.object, self.part, self.after.as_ref(), PAGE_ROWS);
            self.page = ask(page)?.into();
            self.is_ended = self.page.is_empty();
            self.after = self.page.back().map(|row| row.key.clone());
        }
        Ok(self.page.front().cloned())
    }

    fn next(&mut self) {
        self.page.pop_front();
    }
}
