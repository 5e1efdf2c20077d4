//! In whose name the program asks when nobody is named: a role by web identity, and that of a machine of EC2, as moto has them.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use bucket_server::Bucket;
use installation::{Installation, Said, sample};

/// An installation with one store in a folder and one in a bucket.
fn house(bucket: &Bucket) -> Installation {
    let installation = Installation::new();
    installation.configure(&format!(
        "[[stores]]\nid = \"near\"\nurl = \"stores/near\"\n\n\
         [[stores]]\nid = \"far\"\nurl = \"s3://{}/keep\"\nendpoint = \"{}\"\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"near\", \"far\"]\n",
        bucket.name,
        Bucket::endpoint()
    ));
    installation
}

/// The program on a platform that gives it nothing yet.
fn command(installation: &Installation, arguments: &[&str]) -> Command {
    let mut command = installation.command(arguments);
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    {
        command.env_remove(name);
    }
    command
}

fn ingest(installation: &Installation, change: impl Fn(&mut Command)) -> Said {
    let bag = sample("minutes.zip").display().to_string();
    let mut command = command(installation, &["ingest", &bag]);
    change(&mut command);
    command.output().unwrap().into()
}

/// Gives a command what EKS gives to a pod with a role.
fn with_role(command: &mut Command, installation: &Installation) {
    let token = installation.folder.path().join("token");
    fs::write(&token, "a token of the cluster\n").unwrap();
    command.env("AWS_WEB_IDENTITY_TOKEN_FILE", token).env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/keeper");
    command.env("AWS_ENDPOINT_URL_STS", Bucket::endpoint());
}

/// Gives a command the metadata service that a machine of EC2 has.
fn with_machine(command: &mut Command, endpoint: &str) {
    command.env_remove("AWS_EC2_METADATA_DISABLED").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint);
}

mod foreign {
    use super::*;

    #[test]
    fn a_pod_takes_its_role_on_and_the_bucket_s_server_knows_it() {
        let bucket = Bucket::new("web-identity");
        let installation = house(&bucket);
        let said = ingest(&installation, |command| {
            with_role(command, &installation);
            command.env_remove("AWS_ROLE_ARN");
        });
        said.exits(2).contains("$AWS_ROLE_ARN says no role");
        let said = ingest(&installation, |command| {
            with_role(command, &installation);
            command.env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
        });
        said.exits(2).contains("cannot read the token in /nowhere/token").contains("role/keeper is not given by");
        assert!(bucket.keys().is_empty());
        // It comes before the machine, which would wait for ever.
        let said = ingest(&installation, |command| {
            with_role(command, &installation);
            with_machine(command, "http://127.0.0.1:1");
        });
        said.exits(0).contains("replica     far at");
        assert!(bucket.keys().iter().any(|key| key.contains("minutes")));
    }

    #[test]
    fn a_machine_of_ec2_is_asked_last_for_its_role() {
        let bucket = Bucket::new("machine");
        let installation = house(&bucket);
        let began = Instant::now();
        let nobody = |command: &mut Command| with_machine(command, "http://127.0.0.1:1");
        let said = ingest(&installation, nobody).exits(2);
        said.contains("$AWS_ACCESS_KEY_ID").contains("(the metadata service at http://127.0.0.1:1 gives none");
        assert!(began.elapsed() < Duration::from_secs(5));
        let switched_off = |command: &mut Command| {
            with_machine(command, Bucket::endpoint());
            command.env("AWS_EC2_METADATA_DISABLED", "True");
        };
        let said = ingest(&installation, switched_off).exits(2);
        said.contains("$AWS_ACCESS_KEY_ID");
        assert!(!said.err.contains("metadata service"), "{}", said.err);
        let mut check = command(&installation, &["config", "check"]);
        nobody(&mut check);
        Said::from(check.output().unwrap()).exits(1).contains("the store far has no credentials");
        assert!(bucket.keys().is_empty());
        let mut check = command(&installation, &["config", "check"]);
        with_machine(&mut check, Bucket::endpoint());
        Said::from(check.output().unwrap()).exits(0);
        // Its keys are no others than those that the bucket's server knows by the machine's role.
        let said = ingest(&installation, |command| with_machine(command, Bucket::endpoint())).exits(0);
        said.contains("replica     far at");
        assert!(!said.out.contains("test-secret-key") && !said.err.contains("test-secret-key"));
        assert!(bucket.keys().iter().any(|key| key.contains("minutes")));
    }
}
