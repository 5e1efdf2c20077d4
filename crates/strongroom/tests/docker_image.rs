//! The image: the program alone, run by a user without rights on a root that nothing can be written to.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

use std::process::Command;

#[path = "support/docker.rs"]
mod engine;

use engine::{ROOT, build_image, compose_command, insist};

/// Bytes of an image that is shipped, at most.
const SHIPPED_BYTES_MAX: u64 = 60_000_000;

fn docker(arguments: &[&str]) -> String {
    insist(Command::new("docker").args(arguments).output().unwrap())
}

/// With `$STRONGROOM_TEST_IMAGE`, as `./test --long` sets it, that image; else one of the program under test, which is not
/// linked statically and tells nothing of what the shipped one weighs.
#[test]
fn foreign_docker_the_image_has_no_rights_nothing_but_the_program_and_no_weight() {
    if compose_command().is_none() {
        return;
    }
    let image = format!("strongroom-test-image:{}", std::process::id());
    build_image(&image);
    let of_image = |what: &str| docker(&["image", "inspect", "--format", what, &image]).trim().to_owned();
    assert_eq!(of_image("{{.Config.User}}"), "10001:10001");
    let run = ["run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL"];
    let said = docker(&[&run[..], &[&image, "--version"]].concat());
    assert_eq!(said.trim(), concat!("strongroom ", env!("CARGO_PKG_VERSION")));
    // It writes into its volume, and nowhere else.
    let samples = format!("{ROOT}/samples:/samples:ro");
    let ingest = |data: &str| {
        let more = ["--volume", &samples, &image, "--data", data, "ingest", "/samples/photographs.tar"];
        Command::new("docker").args([&run[..], &more].concat()).output().unwrap()
    };
    assert!(insist(ingest("/data")).contains("Stored and proven"));
    assert!(!ingest("/elsewhere").status.success(), "it wrote to a root that is read-only");
    let shell = [&run[..], &["--entrypoint", "/bin/sh", &image, "-c", "true"]].concat();
    assert!(!Command::new("docker").args(shell).output().unwrap().status.success(), "there is a shell in it");
    if std::env::var("STRONGROOM_TEST_IMAGE").is_ok() {
        let size_bytes: u64 = of_image("{{.Size}}").parse().unwrap();
        println!("the image has {size_bytes} bytes");
        assert!(size_bytes < SHIPPED_BYTES_MAX, "{size_bytes} bytes");
    }
    docker(&["image", "rm", &image]);
}
