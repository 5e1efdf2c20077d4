//! Who is asking: a login, and a token that proves it.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use backends::database::Database;
use clap::Args;
use model::{Login, User};

use crate::{actions, config};

/// Who is asking. A token is never an argument: everybody on the machine sees those.
#[derive(Debug, Clone, Args)]
pub struct Asking {
    /// Who is asking; the token that proves it comes from $STRONGROOM_TOKEN or a file
    #[arg(long = "as", env = "STRONGROOM_USER", value_name = "LOGIN")]
    asker: Option<Login>,
    /// The file that holds their token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Asking {
    /// Returns who is asking, proven.
    ///
    /// # Errors
    /// Nobody was named, or it is not proven.
    pub async fn user(&self, database: &Database) -> anyhow::Result<User> {
        let Some(login) = &self.asker else {
            bail!("say who is asking: --as LOGIN, or $STRONGROOM_USER; `strongroom user list` names the users");
        };
        let token = match &self.token_file {
            Some(path) => {
                let read = config::read_secret(path, jiff::Timestamp::now);
                read.with_context(|| format!("cannot read the token in {}", path.display()))?
            }
            None => config::token(jiff::Timestamp::now)?.with_context(|| {
                format!("the token of {login} is missing: give it in $STRONGROOM_TOKEN or by --token-file")
            })?,
        };
        Ok(actions::authenticate(database, login, &token).await?)
    }
}
