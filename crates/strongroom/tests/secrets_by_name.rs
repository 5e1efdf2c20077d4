//! Secrets that are fetched by their names from Secrets Manager and Systems Manager, as moto serves them.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/installation.rs"]
mod installation;

use bucket_server::Bucket;
use installation::{Installation, Said, sample};

/// Asks moto as nobody: who writes no signature is let through.
fn tell(service: &str, target: &str, body: &str) {
    let scope = format!("Credential=tester/20260101/us-east-1/{service}/aws4_request");
    let answer = ureq::post(format!("{}/", Bucket::endpoint()))
        .header("authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", target)
        .send(body);
    assert!(answer.unwrap().status().is_success());
}

/// The program in a container whose platform knows it as `tester`, with two secrets of one bucket by their names.
fn run(installation: &Installation, arguments: &[&str], key: Option<&str>) -> Said {
    let mut command = installation.command(arguments);
    for name in ["ARRIVALS", "READERS"] {
        for (part, last) in [("ACCESS_KEY_ID", "id"), ("SECRET_ACCESS_KEY", "secret")] {
            let place = format!("aws-ssm:/strongroom/{}/{last}", name.to_lowercase());
            command.env(format!("STRONGROOM_S3_{name}_{part}_FILE"), place);
        }
    }
    command
        .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", Bucket::endpoint())
        .env("AWS_ENDPOINT_URL_SSM", Bucket::endpoint())
        .env("STRONGROOM_S3_VAULT_ACCESS_KEY_ID_FILE", "aws-secretsmanager:strongroom/vault#access_key_id")
        .env("STRONGROOM_S3_VAULT_SECRET_ACCESS_KEY_FILE", "aws-ssm:/strongroom/vault/secret")
        .env_remove("STRONGROOM_DATABASE__URL")
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    match key {
        Some(key) => command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", "hush"),
        None => command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY"),
    };
    let said = Said::from(command.output().unwrap());
    assert!(!said.out.contains("hush") && !said.err.contains("hush"), "{}\n{}", said.out, said.err);
    said
}

mod foreign {
    use super::*;

    #[test]
    fn secrets_are_fetched_by_their_names_and_all_that_are_missing_are_told_at_once() {
        let (installation, bucket) = (Installation::new(), Bucket::new("byname"));
        let config = |database: &str| {
            format!(
                "[[stores]]\nid = \"a\"\nurl = \"stores/a\"\n[[stores]]\nid = \"b\"\nurl = \"s3://{}/keep\"\n\
                 endpoint = \"{}\"\ncredentials = \"vault\"\n\
                 [[storage_options]]\nname = \"Standard\"\nstores = [\"a\", \"b\"]\n{database}",
                bucket.name,
                Bucket::endpoint()
            )
        };
        let with_database =
            "[database]\nurl = \"postgres://ada@db/strongroom\"\npassword_file = \"aws-ssm:/strongroom/database\"\n";
        installation.configure(&config(with_database));
        let said = run(&installation, &["config", "check"], Some("tester")).exits(1);
        said.contains("aws-secretsmanager:strongroom/vault#access_key_id").contains("aws-ssm:/strongroom/database");
        said.contains("there is none of that name").contains("aws secretsmanager create-secret");

        let pair = r#"{"Name":"strongroom/vault","SecretString":"{\"access_key_id\":\"tester\"}"}"#;
        tell("secretsmanager", "secretsmanager.CreateSecret", pair);
        for name in ["/strongroom/vault/secret", "/strongroom/database"] {
            let parameter = format!(r#"{{"Name":"{name}","Value":"hush","Type":"SecureString"}}"#);
            tell("ssm", "AmazonSSM.PutParameter", &parameter);
        }
        run(&installation, &["config", "check"], Some("tester")).exits(0);
        let said = run(&installation, &["config", "check"], None).exits(1);
        said.contains("nobody knows who asks").contains("give the container's task or pod a role");
        run(&installation, &["config", "check"], Some("stranger")).exits(1).contains("is not believed");

        // The bucket's server judges each signature by the key that was fetched.
        installation.configure(&config(""));
        let bag = sample("minutes.zip");
        run(&installation, &["ingest", bag.to_str().unwrap()], Some("tester")).exits(0).contains("replica     b at");
        assert!(bucket.keys().iter().any(|key| key.contains("minutes")));
        // Who opens no bucket asks for no secret of it.
        run(&installation, &["objects", "list"], None).exits(0);
    }

    #[test]
    fn keys_of_receiving_and_restore_places_are_fetched_by_their_names_too() {
        let installation = Installation::new();
        installation.configure(
            "[[receiving]]\ninstitution = \"local.archive\"\nurl = \"s3://arrive/new\"\ncredentials = \"arrivals\"\n\
             [[restore_places]]\nurl = \"s3://results/given\"\ncredentials = \"readers\"\n",
        );
        // Nor does the log tell what was fetched, whatever it is asked for.
        let check = |exit: i32| {
            let said = run(&installation, &["--log", "trace", "config", "check"], Some("tester")).exits(exit);
            assert!(!said.err.contains("HTTP/1.1") && !said.err.contains("uthorization"), "{}", said.err);
            said
        };
        let keep = |name: &str, value: &str| {
            let parameter =
                format!(r#"{{"Name":"/strongroom/{name}","Value":"{value}","Type":"SecureString","Overwrite":true}}"#);
            tell("ssm", "AmazonSSM.PutParameter", &parameter);
        };
        let said = check(1);
        said.contains("the receiving place s3://arrive/new: ").contains("aws-ssm:/strongroom/arrivals/id");
        said.contains("the restore place s3://results/given: ").contains("aws-ssm:/strongroom/readers/id");
        for name in ["arrivals/id", "arrivals/secret", "readers/id", "readers/secret"] {
            keep(name, "hush");
        }
        check(0);
        keep("readers/secret", "CHANGEME");
        check(1).contains("the credentials of the restore place s3://results/given are a placeholder");
    }
}
