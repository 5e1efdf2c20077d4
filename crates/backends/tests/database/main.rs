//! What every database must do, on each engine: one suite, run on SQLite and on PostgreSQL.
//!
//! PostgreSQL's half needs a server, named by `$STRONGROOM_TEST_SERVER` (`./test` starts one); without it those tests fail.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod engine;
mod figures;
mod fixity;
mod gathered;
mod moving;
mod on_server;
mod queue;
mod registry;
mod samples;
mod things;

/// Makes a test of each function on each engine.
macro_rules! on_both_engines {
    ($($module:ident: $($test:ident),+;)+) => {
        mod sqlite {
            $($(#[test] fn $test() { crate::engine::on_sqlite(crate::$module::$test); })+)+
        }
        mod postgres {
            $($(#[test] fn $test() { crate::engine::on_postgres(crate::$module::$test); })+)+
        }
    };
}

on_both_engines! {
    queue:
        the_same_deposit_is_taken_once_however_many_bring_it,
        every_item_is_claimed_by_one_of_many,
        the_institution_with_the_fewest_items_in_work_goes_first,
        a_worker_of_one_stage_finds_its_items_behind_all_others,
        an_item_waits_for_an_older_one_of_its_object,
        who_lost_the_lease_writes_nothing,
        a_newer_deposit_ends_the_older_one_before_it_is_stored,
        a_cancelled_item_stays_cancelled_until_it_is_retried,
        a_postponed_item_waits_for_its_time,
        an_item_that_was_handed_on_is_claimed_for_its_next_stage,
        a_role_is_held_by_one_until_its_lease_runs_out,
        leases_of_a_dead_process_are_free_at_once;
    gathered:
        members_come_back_as_they_were_added,
        paths_are_in_the_order_of_their_bytes,
        members_are_compared_with_the_held_version;
    registry:
        a_recorded_version_is_told_as_it_was,
        a_later_version_ends_what_it_changes,
        listings_are_paged_without_gap_or_twin,
        an_event_is_added_once;
    fixity:
        what_was_never_proven_comes_first,
        a_replica_is_checked_by_one_of_many,
        damage_is_noted_once_and_passes_with_a_proof;
    figures:
        what_waits_for_roles_without_a_stage_is_counted;
    samples:
        what_is_drawn_is_charged_once_and_the_oldest_comes_first,
        many_that_draw_at_once_spend_no_more_than_the_budget,
        a_file_is_looked_at_again_and_charged_again_within_the_budget;
    moving:
        a_new_database_is_made_once_by_many_that_begin_at_once,
        tables_of_another_version_are_refused,
        all_rows_are_moved_and_numbers_go_on,
        nothing_is_moved_into_a_database_that_holds_something;
}
