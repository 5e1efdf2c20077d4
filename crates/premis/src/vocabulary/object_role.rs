//! The part of an object in an event.

super::vocabulary! {
    /// The part of an object in an event.
    ObjectRole is "eventRelatedObjectRole" {
        /// What the event worked on or looked at.
        Source = "source", Some("sou");
        /// What the event made or changed.
        Outcome = "outcome", Some("out");
    }
}
