//! Servers whose certificates an authority of one's own has signed: believed when its file is named, and only then.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/bucket_server.rs"]
mod bucket_server;
#[allow(dead_code, reason = "collectors of no use are of no use here")]
#[path = "support/collector.rs"]
mod collector;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/tls_front.rs"]
mod tls_front;
#[path = "support/with_key.rs"]
mod with_key;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bucket_server::Bucket;
use collector::Judge;
use installation::{Installation, Said, sample};
use tls_front::TlsFront;

/// The variables that name a file of authorities.
const VARIABLES: [&str; 3] = ["STRONGROOM_NETWORK__CA_FILE", "AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// An installation with one store in a folder and one in a bucket.
fn house(bucket: &Bucket, endpoint: &str, more: &str) -> Installation {
    let installation = Installation::new();
    installation.configure(&format!(
        "[[stores]]\nid = \"near\"\nurl = \"stores/near\"\n\n\
         [[stores]]\nid = \"far\"\nurl = \"s3://{}/keep\"\nendpoint = \"{endpoint}\"\n\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"near\", \"far\"]\n{more}",
        bucket.name
    ));
    installation
}

/// Runs the program with authorities named by one variable, or by none.
fn run(installation: &Installation, arguments: &[&str], given: Option<(&str, &Path)>) -> Said {
    let mut command = with_key::command(installation, arguments);
    if let Some((name, path)) = given {
        command.env(name, path);
    }
    command.output().unwrap().into()
}

#[test]
fn a_file_that_cannot_be_believed_is_refused_at_the_start_and_told_by_every_check() {
    let installation = Installation::new();
    installation.configure("");
    let path = installation.folder.path().join("authorities.pem");
    let check = |variable: &str, origin: &str, what: &str, advice: &str| {
        let given = Some((variable, path.as_path()));
        let said = run(&installation, &["config", "check"], given).exits(1);
        said.contains(&format!("{origin}: {what}")).contains(path.to_str().unwrap()).contains(advice);
        let bag = sample("minutes.zip").display().to_string();
        // What other programs are told is no fault of an installation of folders.
        let exit = if origin.starts_with('$') { 0 } else { 2 };
        let said = run(&installation, &["--log", "warn", "ingest", &bag], given).exits(exit);
        said.contains(advice);
        assert_eq!(said.err.matches(&format!("{origin}: {what}")).count(), 1, "{}", said.err);
        run(&installation, &["doctor"], given).contains(&format!("certificate authorities: {origin}: {what}"));
    };
    let [own, bundle, usual] = VARIABLES;
    check(own, "network.ca_file", "cannot read the certificate authorities in", "put the file there");
    check(bundle, "$AWS_CA_BUNDLE", "cannot read the certificate authorities in", "put the file there");
    fs::write(&path, "").unwrap();
    check(usual, "$SSL_CERT_FILE", "there is no certificate in", "-----BEGIN CERTIFICATE-----");
    fs::write(&path, "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n").unwrap();
    check(own, "network.ca_file", "certificate 1 in", "copy that certificate again");
    // Nothing else of the configuration is left out of the list.
    installation.configure("institutions = []\n");
    let said = run(&installation, &["config", "check"], Some((own, &path))).exits(1);
    said.contains("network.ca_file: certificate 1 in").contains("no institution is configured");
}

mod foreign {
    use super::*;

    #[test]
    fn a_certificate_that_nobody_known_has_signed_is_told_at_once_with_what_to_set() {
        let bucket = Bucket::new("unbelieved");
        let (front, other) = (TlsFront::before(Bucket::endpoint()), TlsFront::before(Bucket::endpoint()));
        let installation = house(&bucket, &front.url, "");
        let bag = sample("minutes.zip").display().to_string();
        let began = Instant::now();
        let said = run(&installation, &["ingest", &bag], None).exits(2);
        said.contains(&front.url)
            .contains("its certificate is not believed: no authority that is built in has signed it");
        said.contains("ca_file of [network] in strongroom.toml").contains("$AWS_CA_BUNDLE");
        assert!(began.elapsed() < Duration::from_secs(5), "no further try would do better");
        run(&installation, &["doctor"], None).exits(1).contains("ca_file of [network] in strongroom.toml");
        run(&installation, &["store", "doctor", "far"], None).exits(2).contains("$AWS_CA_BUNDLE");
        // Another authority's file is no help, and is named.
        let authority = other.authority();
        let said = run(&installation, &["ingest", &bag], Some(("AWS_CA_BUNDLE", &authority))).exits(2);
        said.contains("neither an authority that is built in nor one of those in")
            .contains(authority.to_str().unwrap());
        assert!(bucket.keys().is_empty());
        // One that is believed, by a name that it is not for; and an authority that plays the server.
        let own = front.authority();
        let installation = house(&bucket, &front.by_another_name(), "");
        let said = run(&installation, &["ingest", &bag], Some(("AWS_CA_BUNDLE", &own))).exits(2);
        said.contains("it is not for the name 127.0.0.1, its names (subjectAltName) are: ").contains("localhost");
        let front = TlsFront::with_the_authority_s_own(Bucket::endpoint());
        let installation = house(&bucket, &front.url, "");
        let said = run(&installation, &["ingest", &bag], Some(("AWS_CA_BUNDLE", &front.authority()))).exits(2);
        said.contains("it is the certificate of an authority; have the authority sign one for the server");
        assert!(bucket.keys().is_empty());
    }

    #[test]
    fn with_its_authority_named_a_server_keeps_a_store_whichever_way_it_was_named() {
        let (bucket, front) = (Bucket::new("believed"), TlsFront::before(Bucket::endpoint()));
        let authority = front.authority();
        let installation = house(&bucket, &front.url, "[network]\nca_file = \"own.pem\"\n");
        fs::write(installation.data().join("own.pem"), fs::read(&authority).unwrap()).unwrap();
        let bag = |name: &str| sample(name).display().to_string();
        run(&installation, &["config", "check"], None).exits(0);
        run(&installation, &["ingest", &bag("minutes.zip")], None).exits(0).contains("replica     far at");
        assert!(bucket.keys().iter().any(|key| key.contains("minutes")));
        run(&installation, &["fixity", "check", "--all"], None).exits(0).contains("2 replicas proven");
        let said = run(&installation, &["doctor"], None).exits(0);
        said.contains("certificate authorities: 1 of").contains("are believed beside those that are built in");
        run(&installation, &["store", "doctor", "far"], None).exits(0);
        let url = format!("s3://{}/elsewhere", bucket.name);
        run(&installation, &["store", "doctor", &url, "--endpoint", &front.url], None).exits(0);
        // A fleet in containers finds it where it is here.
        let configured = fs::read_to_string(installation.data().join("strongroom.toml")).unwrap();
        let path = authority.to_str().unwrap();
        installation.configure(&configured.replace("own.pem", path));
        let file = installation.data().join("strongroom.toml").display().to_string();
        let said =
            run(&installation, &["--config", &file, "deploy", "render", "compose", "--mode", "production"], None);
        said.exits(0).contains(&format!("- \"{path}:{path}:ro\""));
        // The environment goes over the file, and the variables of other programs do when the file says nothing.
        installation.configure(&configured.replace("ca_file", "# ca_file"));
        run(&installation, &["fixity", "check", "--all"], None).exits(2).contains("its certificate is not believed");
        for name in VARIABLES {
            let said = run(&installation, &["fixity", "check", "--all"], Some((name, &authority)));
            said.exits(0).contains("2 replicas proven");
        }
    }
    #[test]
    fn a_server_that_signed_its_certificate_itself_is_believed_when_that_is_named() {
        let (bucket, front) = (Bucket::new("alone"), TlsFront::that_signed_itself(Bucket::endpoint()));
        let installation = house(&bucket, &front.url, "");
        let doctor = ["store", "doctor", "far"];
        run(&installation, &doctor, None).exits(2).contains("its certificate is not believed");
        run(&installation, &doctor, Some(("AWS_CA_BUNDLE", &front.authority()))).exits(0);
    }

    #[test]
    fn arrivals_results_secrets_and_traces_believe_the_same() {
        let (arrivals, results) = (Bucket::new("own-arrivals"), Bucket::new("own-results"));
        let (bucket, front) = (Bucket::new("own-store"), TlsFront::before(Bucket::endpoint()));
        let judge = Judge::start(0);
        let collector = TlsFront::before(&judge.address);
        let place = |bucket: &Bucket| format!("url = \"s3://{}/p\"\nendpoint = \"{}\"\n", bucket.name, front.url);
        let more = format!(
            "[[receiving]]\ninstitution = \"local.archive\"\n{}[[restore_places]]\n{}\
             [network]\nca_file = \"own.pem\"\n",
            place(&arrivals),
            place(&results)
        );
        let installation = house(&bucket, &front.url, &more);
        let both = [front.authority(), collector.authority()].map(|path| fs::read_to_string(path).unwrap()).concat();
        fs::write(installation.data().join("own.pem"), both).unwrap();
        let parameter = r#"{"Name":"/own/secret","Value":"hush","Type":"SecureString"}"#;
        let answer = ureq::post(format!("{}/", Bucket::endpoint()))
            .header("authorization", "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/ssm/aws4_request, SignedHeaders=host, Signature=none")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AmazonSSM.PutParameter")
            .send(parameter);
        assert!(answer.unwrap().status().is_success());
        let configured = fs::read_to_string(installation.data().join("strongroom.toml")).unwrap();
        installation.configure(&configured.replace("id = \"far\"", "id = \"far\"\ncredentials = \"own\""));
        arrivals.put("p/minutes.zip", &fs::read(sample("minutes.zip")).unwrap());
        let run = |arguments: &[&str]| -> Said {
            let mut command = with_key::command(&installation, arguments);
            command.env("STRONGROOM_S3_OWN_ACCESS_KEY_ID", "tester");
            command.env("STRONGROOM_S3_OWN_SECRET_ACCESS_KEY_FILE", "aws-ssm:/own/secret");
            command.env("AWS_ENDPOINT_URL_SSM", &front.url).env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url);
            command.env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=library");
            command.output().unwrap().into()
        };
        run(&["config", "check"]).exits(0);
        let url = format!("s3://{}/p/minutes.zip", arrivals.name);
        run(&["ingest", &url]).exits(0).contains("replica     far at");
        assert!(!judge.spans(1).is_empty());
        let url = format!("s3://{}/p", results.name);
        run(&["restore", "local.archive/minutes", "--to", &url]).exits(0);
        assert!(!results.keys().is_empty());
        run(&["doctor"]).exits(0);
        // Without the file, each of them says the same.
        installation.configure(
            &fs::read_to_string(installation.data().join("strongroom.toml")).unwrap().replace("ca_file", "# ca_file"),
        );
        let said = run(&["config", "check"]).exits(1);
        said.contains("aws-ssm:/own/secret")
            .contains("its certificate is not believed")
            .contains("ca_file of [network]");
        let said = run(&["doctor"]).exits(1);
        for place in [&arrivals.name, &results.name] {
            let is_told =
                |line: &&str| line.contains(place.as_str()) && line.contains("its certificate is not believed");
            assert!(said.out.lines().any(|line| is_told(&line)), "{place}: {}", said.out);
        }
    }
}
