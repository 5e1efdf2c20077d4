//! The part of an agent in an event.

super::vocabulary! {
    /// The part of an agent in an event.
    AgentRole is "eventRelatedAgentRole" {
        /// Who allowed it: the second person of a deletion.
        Authorizer = "authorizer", Some("aut");
        /// The program that did it.
        ExecutingProgram = "executing program", Some("exe");
        /// Who carried it out, or had it carried out.
        Implementer = "implementer", Some("imp");
        /// Who or what found it to be valid.
        Validator = "validator", Some("val");
        /// Who asked for it: the first person of a deletion. A term of our own.
        Requester = "requester", None;
    }
}
