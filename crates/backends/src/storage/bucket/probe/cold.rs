//! What a bucket does with what is put into a class of storage that is not read at once.

use model::ThawTier;

use super::{Probing, Tried};
use crate::s3::{Condition, Thaw};

/// sha256 of `cold`.
const COLD_SHA256: &str = "4nLe7N5yD/x3PXpqga2rvDZsy7ZNpavbayb1LNP5Uss=";

impl Probing {
    /// Asks for it whatever is believed of the server, and goes on as was seen.
    pub(super) fn copied_sha256(&self) -> Tried {
        self.put("copied", "cold", Condition::Always)?;
        let key = self.key("copied");
        self.client.copy_with_sha256(true);
        let seen = self.sha256_of_copy(&key);
        self.client.copy_with_sha256(matches!(seen, Ok(Ok(()))));
        seen
    }

    fn sha256_of_copy(&self, key: &str) -> Tried {
        let Some(kept) = self.client.kept(key)? else { return Ok(Err("what was put is not there".to_owned())) };
        self.client.put_in_class(key, self.class, &kept)?;
        let kept = self.client.kept(key)?;
        Ok(match kept.and_then(|kept| kept.sha256).as_deref() {
            Some(COLD_SHA256) => Ok(()),
            Some(other) => Err(format!("another sha256 is kept of a copy: {other}")),
            None => Err("no sha256 is kept of a copy".to_owned()),
        })
    }

    pub(super) fn kept_in_class(&self) -> Tried {
        self.put("class", "cold", Condition::Always)?;
        let key = self.key("class");
        let Some(kept) = self.client.kept(&key)? else { return Ok(Err("what was put is not there".to_owned())) };
        self.client.put_in_class(&key, self.class, &kept)?;
        Ok(match self.client.kept(&key)? {
            Some(kept) if kept.class == self.class.name() => Ok(()),
            Some(kept) => Err(format!("what was put into {} is kept in {}", self.class, kept.class)),
            None => Err("what was put is not there".to_owned()),
        })
    }

    /// Asks only: to see it thawed would take hours.
    pub(super) fn thawed(&self) -> Tried {
        let tier = ThawTier::Standard;
        self.client.ask_to_thaw(&self.key("class"), 1, tier)?;
        Ok(match self.client.kept(&self.key("class"))?.map(|kept| kept.thaw) {
            Some(Thaw::UnderWay | Thaw::Until(_)) => Ok(()),
            other => Err(format!("it was asked to thaw, and is {other:?}")),
        })
    }
}
