//! `strongroom user`: accounts, and whose they are.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use model::{InstitutionName, Login, Person, User, UserRole};
use serde::Serialize;

use super::asking::Asking;
use super::exit::Exit;
use super::house::{House, Where};
use super::page::Page;
use super::table::{Side, Table};
use super::{output, run};
use crate::actions::{self, NewUser, UserRefusal};
use crate::pipelines::Clock;

/// Add, list and deactivate users: those who may ask for deletions and approve them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom user add root --person root@example.org --role admin
  strongroom user add ann --person ann@example.org --role institutional_admin \\
    --institution local.archive --as root --token-file root.token
  strongroom user list

A person is not an account: whoever has two must be named by the same --person in both, and cannot
approve with one what they asked for with the other.")]
pub struct Users {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a user, and print the token that proves them: once, for it is kept nowhere
    Add(Add),
    /// List users
    List(List),
    /// Take all rights from a user, for good
    Deactivate(Deactivate),
}

/// Add a user, and print the token that proves them.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom user add ann --person ann@example.org --role institutional_admin \\
    --institution local.archive --as root --token-file root.token > ann.token

The first user of an installation is an admin and needs nobody's leave. The token is all that is
written to standard output; give it to the person, who keeps it in a file or in $STRONGROOM_TOKEN.")]
struct Add {
    /// The name of the account
    login: Login,
    /// Whose it is: an e-mail address or a personal identifier
    #[arg(long, value_name = "PERSON")]
    person: Person,
    /// What they may do: admin, institutional_admin or institutional_user
    #[arg(long, value_name = "ROLE")]
    role: UserRole,
    /// The institution that they speak for
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    #[command(flatten)]
    asking: Asking,
    /// Print one JSON object, the token in it
    #[arg(long)]
    json: bool,
}

/// List users in the order of their names.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom user list --institution local.archive --json")]
struct List {
    /// Of this institution only
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    /// Only those after this one: the cursor of the next page
    #[arg(long, value_name = "LOGIN")]
    after: Option<Login>,
    #[command(flatten)]
    page: Page,
}

/// Take all rights from a user, for good.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom user deactivate ann --as root --token-file root.token

What they agreed to and is not carried out yet is refused when its time comes. The login is never given again.")]
struct Deactivate {
    /// The name of the account
    login: Login,
    #[command(flatten)]
    asking: Asking,
}

/// What a script gets of a new user.
#[derive(Serialize)]
struct Added<'a> {
    #[serde(flatten)]
    user: &'a User,
    token: &'a str,
}

impl Users {
    /// Does what is asked.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            UserCommand::Add(add) => run::now(add.run(at)),
            UserCommand::List(list) => run::now(list.run(at)),
            UserCommand::Deactivate(deactivate) => run::now(deactivate.run(at)),
        }
    }
}

/// Says why something was refused; what could not be asked is passed on.
fn refused(refusal: UserRefusal) -> anyhow::Result<Exit> {
    match refusal {
        UserRefusal::Database(error) => Err(error.into()),
        refusal => {
            output::error(&refusal.to_string());
            Ok(Exit::Refused)
        }
    }
}

impl Add {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        // The first user may come before the first deposit.
        let house = House::open(at).await?;
        let database = &house.context.database;
        let by = match database.has_users().await? {
            true => Some(self.asking.user(database).await?),
            false => None,
        };
        let clock = Clock::system();
        let new = NewUser { login: self.login, person: self.person, institution: self.institution, role: self.role };
        let (user, token) = match actions::add_user(database, by.as_ref(), new, clock.secret(), clock.now()).await {
            Ok(added) => added,
            Err(refusal) => return refused(refusal),
        };
        if self.json {
            output::json(&Added { user: &user, token: &token });
        } else {
            output::note(&format!("{} is {}; their token, which is shown only now:", user.login, user.role));
            output::line(&token);
        }
        database.close().await;
        Ok(Exit::Done)
    }
}

impl List {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let users = database.users(self.institution.as_ref(), self.after.as_ref(), self.page.most()).await?;
        let table = Table::new(&[
            ("login", Side::Left),
            ("role", Side::Left),
            ("institution", Side::Left),
            ("person", Side::Left),
            ("active", Side::Left),
            ("since", Side::Left),
        ]);
        let cells = |user: &User| {
            vec![
                user.login.to_string(),
                user.role.to_string(),
                user.institution.as_ref().map(ToString::to_string).unwrap_or_default(),
                user.person.to_string(),
                if user.is_active { "yes" } else { "no" }.to_owned(),
                output::time(user.created_at),
            ]
        };
        self.page.print(users, table, cells, |user| format!("--after {}", user.login));
        database.close().await;
        Ok(Exit::Done)
    }
}

impl Deactivate {
    async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await.context("there are no users yet")?;
        let by = self.asking.user(&database).await?;
        if let Err(refusal) = actions::deactivate_user(&database, &by, &self.login, Clock::system().now()).await {
            return refused(refusal);
        }
        output::line(&format!("{} may do nothing any more", self.login));
        database.close().await;
        Ok(Exit::Done)
    }
}
