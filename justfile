# What is done often. `./test` needs no `just`; these are shorter names.

# Lists what there is.
default:
    @just --list --unsorted

# Everything that continuous integration checks; `just test --quick`, `just test -- -p bagit`.
test *arguments:
    ./test {{ arguments }}

# Format and lints alone.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Puts the format right.
format:
    cargo fmt --all

# The benchmarks, beside what one would use otherwise.
bench *arguments:
    bench/run {{ arguments }}

# The documentation of every crate, in the browser.
docs:
    cargo doc --workspace --no-deps --open

# Makes the sample bags anew and asks foreign programs about them.
samples:
    samples/make.py
    target/venv/bin/python samples/verify.py

# Licences, banned crates and security advisories of the dependencies (needs cargo-deny).
deny:
    cargo deny check
