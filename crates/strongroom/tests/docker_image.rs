//! The image: the program alone, run by a user without rights on a root that nothing can be written to.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

use std::process::Command;

#[path = "support/docker.rs"]
mod engine;

use engine::{ROOT, build_image, compose_command, insist};

/// Bytes of an image that is shipped, at most.
const SHIPPED_BYTES_MAX: u64 = 60_000_000;

/// Goes with the test.
struct Image(String);

impl Drop for Image {
    fn drop(&mut self) {
        drop(Command::new("docker").args(["image", "rm", &self.0]).output());
    }
}

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
    let image = Image(format!("strongroom-test-image:{}", std::process::id()));
    build_image(&image.0);
    let image = &image.0;
    let of_image = |what: &str| docker(&["image", "inspect", "--format", what, image]).trim().to_owned();
    assert_eq!(of_image("{{.Config.User}}"), "10001:10001");
    let run = ["run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL"];
    let said = docker(&[&run[..], &[image.as_str(), "--version"]].concat());
    assert_eq!(said.trim(), concat!("strongroom ", env!("CARGO_PKG_VERSION")));
    // On a root that nothing can be written to, it writes into its volume.
    let samples = format!("{ROOT}/samples:/samples:ro");
    let ingest = |data: &str| {
        let more = ["--volume", &samples, image, "--data", data, "ingest", "/samples/photographs.tar"];
        Command::new("docker").args([&run[..], &more].concat()).output().unwrap()
    };
    assert!(insist(ingest("/data")).contains("Stored and proven"));
    let shell = [&run[..], &["--entrypoint", "/bin/sh", image, "-c", "true"]].concat();
    let said = Command::new("docker").args(shell).output().unwrap();
    assert!(
        String::from_utf8_lossy(&said.stderr).to_lowercase().contains("no such file"),
        "there is a shell in it: {said:?}"
    );
    if std::env::var("STRONGROOM_TEST_IMAGE").is_ok() {
        let size_bytes: u64 = of_image("{{.Size}}").parse().unwrap();
        println!("the image has {size_bytes} bytes");
        assert!(size_bytes < SHIPPED_BYTES_MAX, "{size_bytes} bytes");
    }
}
