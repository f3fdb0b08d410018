# ecslint as one static binary in an empty image:
#   docker build -t ecslint .
#   docker run --rm --network none -v "$PWD:/src:ro" ecslint check
# Pin the images by digest where you build for others: `docker buildx imagetools inspect rust:1.95-alpine`.

FROM rust:1.95-alpine AS build
WORKDIR /build
# Rust's target for Alpine is musl, linked statically. Packages with C code need its headers, and jemalloc `make`.
RUN apk add --no-cache make=~4 musl-dev=~1
COPY Cargo.toml Cargo.lock build.rs ./
COPY build ./build
COPY data ./data
COPY fixtures ./fixtures
COPY integrations ./integrations
COPY rules ./rules
COPY schemas ./schemas
COPY benches ./benches
COPY src ./src
RUN cargo build --profile dist --locked --bin ecslint

FROM scratch
LABEL org.opencontainers.image.title="ecslint" \
      org.opencontainers.image.description="Policy linter for AWS ECS on CloudFormation" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY LICENSE-MIT LICENSE-APACHE /
COPY --from=build /build/target/dist/ecslint /ecslint
# Nobody: templates are only read.
USER 65534:65534
WORKDIR /src
ENTRYPOINT ["/ecslint"]
CMD ["check"]
