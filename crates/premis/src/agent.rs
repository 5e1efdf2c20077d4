//! Agents: the people, organisations and programs that events and rights speak of.

use serde::{Deserialize, Serialize};

use crate::{AgentType, Identifier};

/// A person, an organisation, a program or a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its identifier, to which events link.
    pub identifier: Identifier,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    pub agent_type: AgentType,
    /// The version of a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Anything else that a reader in fifty years should know of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
