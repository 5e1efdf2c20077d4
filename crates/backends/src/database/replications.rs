//! Objects on their way into a store or out of it: who is at it, what is lacking, and what came of it.

use jiff::Timestamp;
use model::{Amount, Event, JobClaim, Object, ObjectId, Owner, Replica, StoreId};

use super::engine::{QueryBuilder, Row, Transaction, query, query_scalar};
use super::error::Asked;
use super::fixity::extend_range;
use super::rows::{micros, object, signed};
use super::settle::add_events;
use super::{Database, DatabaseError};

/// The right to copy an object into a store, and to write what came of it.
#[derive(Debug, Clone)]
pub struct ReplicationClaim {
    /// The object.
    pub object: ObjectId,
    /// The store.
    pub store: StoreId,
    owner: Owner,
    fence: i64,
}

impl ReplicationClaim {
    /// Returns what tells this claim from those before it: it is larger.
    #[must_use]
    pub fn fence(&self) -> i64 {
        self.fence
    }
}

/// An object that a store should hold and does not, or not in its newest version.
#[derive(Debug, Clone)]
pub struct Lacking {
    /// The object.
    pub object: Object,
    /// The newest version that the store has; 0 when it has none.
    pub held: u32,
}

/// What a store holds from now on of an object.
#[derive(Debug, Clone)]
pub struct Replicated {
    /// The newest version.
    pub head: u32,
    /// One row for each version that was copied.
    pub replicas: Vec<Replica>,
    /// Whether every version was proven, and not only what was lacking.
    pub is_whole: bool,
    /// When the proof began.
    pub begun_at: Timestamp,
    /// What is to be told of it.
    pub events: Vec<Event>,
}

impl Database {
    /// Claims the copying of an object into a store; `None` when another is at it. The row goes when a copying ends, so that
    /// the fence is the time: a later claim has a larger one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn claim_replication(
        &self,
        object: ObjectId,
        store: &StoreId,
        owner: &Owner,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ReplicationClaim>, DatabaseError> {
        let fence: Option<i64> = query_scalar(
            "INSERT INTO replications (object_id, store, lease_owner, lease_until, fence) \
             SELECT o.id, $2, $3, $4, CAST($5 AS BIGINT) FROM objects o WHERE o.id = $1 AND o.state = 'active' AND NOT EXISTS \
             (SELECT 1 FROM deletion_targets t WHERE t.object_id = o.id AND t.state = 'removing') \
             ON CONFLICT (object_id, store) DO UPDATE SET lease_owner = excluded.lease_owner, \
             lease_until = excluded.lease_until, fence = CASE WHEN excluded.fence > replications.fence \
             THEN excluded.fence ELSE replications.fence + 1 END WHERE replications.lease_until < $5 RETURNING fence",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(&store.0)
        .bind(&owner.0)
        .bind(micros(until))
        .bind(micros(now))
        .fetch_optional(&self.pool)
        .await
        .asked("claim a replication")?;
        Ok(fence.map(|fence| ReplicationClaim { object, store: store.clone(), owner: owner.clone(), fence }))
    }

    /// Prolongs the claim.
    ///
    /// # Errors
    /// It is lost, or the database cannot be written.
    pub async fn keep_replication(&self, claim: &ReplicationClaim, until: Timestamp) -> Result<(), DatabaseError> {
        let done = query(
            "UPDATE replications SET lease_until = $1 WHERE object_id = $2 AND store = $3 AND fence = $4 AND lease_owner = $5",
        )
        .bind(micros(until))
        .bind(claim.object.0.as_bytes().as_slice())
        .bind(&claim.store.0)
        .bind(claim.fence)
        .bind(&claim.owner.0)
        .execute(&self.pool)
        .await
        .asked("prolong a replication")?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(lost(claim)) }
    }

    /// Lets go of the claim without a result.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_replication(&self, claim: &ReplicationClaim) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        remove_claim(&mut transaction, claim).await?;
        transaction.commit().await.asked("end a replication")
    }

    /// Says whether an object is on its way into a store now.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn is_being_replicated(&self, object: ObjectId, store: &StoreId) -> Result<bool, DatabaseError> {
        query_scalar("SELECT EXISTS (SELECT 1 FROM replications WHERE object_id = $1 AND store = $2)")
            .bind(object.0.as_bytes().as_slice())
            .bind(&store.0)
            .fetch_one(&self.pool)
            .await
            .asked("look for replications")
    }

    /// Notes that a store holds an object, proven, in one transaction: replicas, state of fixity, events.
    ///
    /// # Errors
    /// The claim is lost, or the database cannot be written; then nothing is.
    pub async fn settle_replication(
        &self,
        claim: &ReplicationClaim,
        replicated: &Replicated,
    ) -> Result<(), DatabaseError> {
        let mut transaction = self.write().await?;
        if remove_claim(&mut transaction, claim).await? != 1 {
            return Err(lost(claim));
        }
        for replica in &replicated.replicas {
            replace_replica(&mut transaction, replica).await?;
        }
        hold(&mut transaction, claim.object, &claim.store, replicated).await?;
        add_events(&mut transaction, &replicated.events).await?;
        transaction.commit().await.asked("record a replication")
    }

    /// Lists objects of some storage options that a store does not hold in their newest version, in the order of their
    /// identity after one, at most so many.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn lacking(
        &self,
        store: &StoreId,
        options: &[String],
        after: Option<ObjectId>,
        most: u32,
    ) -> Result<Vec<Lacking>, DatabaseError> {
        let mut query = QueryBuilder::new("SELECT o.*, coalesce(f.head, 0) AS held");
        push_lacking(&mut query, store, options, "");
        if let Some(after) = after {
            query.push(" AND o.id > ").push_bind(after.0.as_bytes().to_vec());
        }
        query.push(" ORDER BY o.id LIMIT ").push_bind(i64::from(most));
        let rows = query.build().fetch_all(&self.pool).await.asked("list what is lacking")?;
        let held = |row: &Row| u32::try_from(row.get::<i64, _>("held")).unwrap_or(0);
        rows.iter().map(|row| Ok(Lacking { object: object(row)?, held: held(row) })).collect()
    }

    /// Says how much that is: files and bytes as they were deposited, of which equal ones are stored once. With `held_in`
    /// only of those objects that another store holds.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn amount_lacking(
        &self,
        store: &StoreId,
        options: &[String],
        held_in: Option<&StoreId>,
    ) -> Result<Amount, DatabaseError> {
        let mut query = QueryBuilder::new(
            "SELECT count(DISTINCT o.id) AS objects, CAST(coalesce(sum(v.new_files), 0) AS BIGINT) AS files, \
             CAST(coalesce(sum(v.new_size_bytes), 0) AS BIGINT) AS size_bytes",
        );
        let versions = " JOIN object_versions v ON v.object_id = o.id AND v.number > coalesce(f.head, 0)";
        push_lacking(&mut query, store, options, versions);
        push_held_in(&mut query, held_in);
        let row = query.build().fetch_one(&self.pool).await.asked("count what is lacking")?;
        let mut query = QueryBuilder::new("SELECT count(*) AS documents");
        let documents = " JOIN documents d ON d.object_id = o.id AND d.version > coalesce(f.head, 0)";
        push_lacking(&mut query, store, options, documents);
        push_held_in(&mut query, held_in);
        let documents = query.build().fetch_one(&self.pool).await.asked("count what is lacking")?;
        let count = |row: &Row, column| u64::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        Ok(Amount {
            objects: count(&row, "objects"),
            files: count(&row, "files"),
            size_bytes: count(&row, "size_bytes"),
            documents: count(&documents, "documents"),
        })
    }

    /// Lets the replica of an object in a store go, if each of the other stores holds the newest version, proven; says
    /// whether it did. In one transaction, with the events.
    ///
    /// # Errors
    /// The job's claim is lost, or the database cannot be written; then nothing is.
    pub async fn let_go(
        &self,
        claim: &JobClaim,
        object: ObjectId,
        store: &StoreId,
        others: &[StoreId],
        events: &[Event],
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = self.write().await?;
        Self::assert_job(&mut transaction, claim).await?;
        // Two jobs that let go of the last two replicas must not each count on the other's.
        transaction.lock_name(&format!("replicas of {object}")).await.asked("look at replicas")?;
        if others.contains(store) || !is_proven_in(&mut transaction, object, others).await? {
            return Ok(false);
        }
        forget_replicas(&mut transaction, store, Some(object), "the replica was let go", now).await?;
        add_events(&mut transaction, events).await?;
        transaction.commit().await.asked("let a replica go")?;
        Ok(true)
    }
}

impl Database {
    /// Says whether each of some stores holds an object in its newest version, proven and without open incidents. Of no
    /// store it is false.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn is_proven_in(&self, object: ObjectId, stores: &[StoreId]) -> Result<bool, DatabaseError> {
        let mut transaction = self.pool.begin().await.asked("look at replicas")?;
        is_proven_in(&mut transaction, object, stores).await
    }
}

async fn is_proven_in(
    transaction: &mut Transaction,
    object: ObjectId,
    stores: &[StoreId],
) -> Result<bool, DatabaseError> {
    for store in stores {
        let is_proven: bool = query_scalar(
            "SELECT EXISTS (SELECT 1 FROM fixity f JOIN objects o ON o.id = f.object_id WHERE f.object_id = $1 \
             AND f.store = $2 AND f.head >= o.head AND f.proven_at IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM incidents i WHERE i.object_id = $1 AND i.store = $2 AND i.state = 'open') AND NOT EXISTS \
             (SELECT 1 FROM deletion_targets t WHERE t.object_id = $1 AND t.state = 'removing'))",
        )
        .bind(object.0.as_bytes().as_slice())
        .bind(&store.0)
        .fetch_one(&mut **transaction)
        .await
        .asked("look at replicas")?;
        if !is_proven {
            return Ok(false);
        }
    }
    Ok(!stores.is_empty())
}

/// Removes what the registry says a store holds: of one object, or of all. Ranges of good checks end, and incidents.
pub(super) async fn forget_replicas(
    transaction: &mut Transaction,
    store: &StoreId,
    object: Option<ObjectId>,
    because: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let object = object.map(|object| object.0.as_bytes().to_vec());
    for text in [
        "DELETE FROM replicas WHERE store = $1 AND ($2 IS NULL OR object_id = $2)",
        "DELETE FROM fixity WHERE store = $1 AND ($2 IS NULL OR object_id = $2)",
        "UPDATE fixity_ranges SET is_ended = 1 WHERE store = $1 AND is_ended = 0 AND ($2 IS NULL OR object_id = $2)",
    ] {
        let query = query(text).bind(&store.0).bind(object.clone());
        query.execute(&mut **transaction).await.asked("forget replicas")?;
    }
    query(
        "UPDATE incidents SET state = 'passed', ended_at = $3, note = $4 \
         WHERE store = $1 AND state = 'open' AND ($2 IS NULL OR object_id = $2)",
    )
    .bind(&store.0)
    .bind(object)
    .bind(micros(now))
    .bind(because)
    .execute(&mut **transaction)
    .await
    .asked("forget replicas")?;
    Ok(())
}

fn push_lacking(query: &mut QueryBuilder, store: &StoreId, options: &[String], joined: &str) {
    query.push(" FROM objects o LEFT JOIN fixity f ON f.object_id = o.id AND f.store = ").push_bind(store.0.clone());
    query
        .push(joined)
        .push(" WHERE (f.head IS NULL OR f.head < o.head) AND o.state = 'active' AND o.storage_option IN (");
    for (place, option) in options.iter().enumerate() {
        query.push(if place == 0 { "" } else { ", " }).push_bind(option.clone());
    }
    query.push(")");
}

fn push_held_in(query: &mut QueryBuilder, held_in: Option<&StoreId>) {
    if let Some(held_in) = held_in {
        query.push(" AND EXISTS (SELECT 1 FROM fixity h WHERE h.object_id = o.id AND h.store = ");
        query.push_bind(held_in.0.clone()).push(")");
    }
}

async fn remove_claim(transaction: &mut Transaction, claim: &ReplicationClaim) -> Result<u64, DatabaseError> {
    let done =
        query("DELETE FROM replications WHERE object_id = $1 AND store = $2 AND fence = $3 AND lease_owner = $4")
            .bind(claim.object.0.as_bytes().as_slice())
            .bind(&claim.store.0)
            .bind(claim.fence)
            .bind(&claim.owner.0)
            .execute(&mut **transaction)
            .await
            .asked("end a replication")?;
    Ok(done.rows_affected())
}

async fn replace_replica(transaction: &mut Transaction, replica: &Replica) -> Result<(), DatabaseError> {
    query(
        "INSERT INTO replicas (object_id, version, store, object_path, evidence, verified_at, files, size_bytes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (object_id, version, store) DO UPDATE SET \
         evidence = excluded.evidence, verified_at = excluded.verified_at",
    )
    .bind(replica.object.0.as_bytes().as_slice())
    .bind(i64::from(replica.version))
    .bind(&replica.store.0)
    .bind(&replica.object_path)
    .bind(replica.evidence.letter())
    .bind(micros(replica.verified_at))
    .bind(signed(replica.files))
    .bind(signed(replica.size_bytes))
    .execute(&mut **transaction)
    .await
    .asked("record a replication")?;
    Ok(())
}

/// Notes what the store holds now. Proven as a whole it is young; else it stays as old as it was.
async fn hold(
    transaction: &mut Transaction,
    object: ObjectId,
    store: &StoreId,
    replicated: &Replicated,
) -> Result<(), DatabaseError> {
    let Some(newest) = replicated.replicas.last() else { return Ok(()) };
    query(
        "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) \
         SELECT $1, $2, $3, $4, coalesce(sum(files), 0), coalesce(sum(size_bytes), 0), $5 FROM replicas \
         WHERE object_id = $1 AND store = $2 \
         ON CONFLICT (object_id, store) DO UPDATE SET head = excluded.head, files = excluded.files, \
         size_bytes = excluded.size_bytes, proven_at = coalesce(excluded.proven_at, fixity.proven_at), cursor = NULL",
    )
    .bind(object.0.as_bytes().as_slice())
    .bind(&store.0)
    .bind(&newest.object_path)
    .bind(i64::from(replicated.head))
    .bind(replicated.is_whole.then(|| micros(replicated.begun_at)))
    .execute(&mut **transaction)
    .await
    .asked("record a replication")?;
    if replicated.is_whole {
        extend_range(transaction, object, store, replicated.begun_at, newest.evidence).await?;
    }
    Ok(())
}

fn lost(claim: &ReplicationClaim) -> DatabaseError {
    DatabaseError::ReplicationLost { object: claim.object, store: claim.store.clone() }
}
