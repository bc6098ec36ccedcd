# The image of Beacons, for those who have an engine: docker build -t beacons .
# `make image` makes the same without one.
FROM swift:6.3-bookworm AS build
# The C libraries of the drivers: --build-arg DRIVERS="Redis MQTT" --build-arg PACKAGES="libhiredis-dev libmosquitto-dev"
ARG DRIVERS=""
ARG PACKAGES=""
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates zlib1g-dev libssl-dev $PACKAGES \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift Package.resolve[d] ./
COPY CDrivers CDrivers
COPY Sources Sources
COPY Examples Examples
COPY Tests Tests
COPY scripts scripts
RUN traits=default; for driver in $DRIVERS; do traits=$traits,$driver; done \
    && swift build -c release --static-swift-stdlib --product beacons --traits "$traits" \
    && scripts/image-root.sh .build/release/beacons Sources/Beacons/config/config.yml /image \
    && chown 65532:65532 /image/data /image/tmp

FROM scratch
COPY --from=build /image /
USER 65532:65532
ENV PATH=/ HTTP_PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/beacons", "--probe", "8080/health/ready"]
ENTRYPOINT ["/beacons"]
