# One small image for every role: the program alone, linked statically, run by a user without rights.
#
#   docker build --tag strongroom .
#
# tools/build-image makes the same image from a program that was built on this machine.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
# The C library is linked in; names of hosts are looked up by its own code, which needs no other file.
RUN RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --locked --release --package strongroom --target "$(rustc -vV | sed -n 's/^host: //p')" \
    && cp target/*/release/strongroom /strongroom
# What a volume finds in the image when it is made: folders of the user that the image runs as.
RUN mkdir -p /root-of-image/data/receiving /root-of-image/data/staging /root-of-image/data/stores /root-of-image/tmp

FROM scratch
COPY --from=build --chown=10001:10001 /root-of-image/ /
COPY --from=build /strongroom /strongroom
USER 10001:10001
ENV STRONGROOM_DATA=/data
VOLUME ["/data"]
EXPOSE 9464
ENTRYPOINT ["/strongroom"]
CMD ["up"]
