//! What an agent is.

super::vocabulary! {
    /// What an agent is.
    AgentType is "agentType" {
        /// A machine.
        Hardware = "hardware", Some("har");
        /// An organisation.
        Organization = "organization", Some("org");
        /// A human being.
        Person = "person", Some("per");
        /// A program.
        Software = "software", Some("sof");
    }
}
