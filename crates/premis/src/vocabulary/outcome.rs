//! How an event went.

super::vocabulary! {
    /// How an event went.
    Outcome is "eventOutcome" {
        /// All was well.
        Success = "success", Some("suc");
        /// It was done, and somebody should look at the note.
        Warning = "warning", Some("war");
        /// It was not done, or what it checked is wrong.
        Fail = "fail", Some("fai");
    }
}
