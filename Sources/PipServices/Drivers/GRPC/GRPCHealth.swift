#if PIP_GRPC
/// The health service of gRPC, `grpc.health.v1.Health`: the empty name denotes the whole service, and other names
/// denote gRPC services. All report the readiness of the container.
struct GRPCHealth: Sendable {
    static let service = "grpc.health.v1.Health"
    /// The interval at which watched services are checked.
    static let interval = Duration.seconds(2)

    let reporter: (any HealthReporter)?
    let endpoint: GRPCEndpoint
    let clock: ClockSlot

    var methods: [GRPCMethod] {
        let check = GRPCMethod.unary("Check") { (context, request: GRPCHealthCheckRequest) -> GRPCHealthCheckResponse in
            try await response(context, of: request.service, isStrict: true)
        }
        let list = GRPCMethod.unary("List") { (context, _: GRPCHealthListRequest) -> GRPCHealthListResponse in
            var response = GRPCHealthListResponse()
            let status = try await self.response(context, of: "", isStrict: true)
            for name in [""] + endpoint.all.services { response.statuses[name] = status }
            return response
        }
        let watch = GRPCMethod.serverStreaming("Watch") {
            (context, request: GRPCHealthCheckRequest, replies: GRPCWriter<GRPCHealthCheckResponse>) in
            var last: GRPCHealthCheckResponse?
            while true {
                let response = try await response(context, of: request.service, isStrict: false)
                if response != last { try await replies.write(response) }
                last = response
                try await clock.sleep(for: Self.interval)
            }
        }
        return [check, list, watch].map { method in
            var method = method
            method.isProbe = true
            method.endsOnDrain = method.name == "Watch"
            return method
        }
    }

    // MARK: - Internal

    /// - Parameter isStrict: true to throw for a service that is not served.
    /// - Throws: NotFound `UNKNOWN_SERVICE`.
    private func response(_ context: Context, of name: String, isStrict: Bool) async throws -> GRPCHealthCheckResponse {
        var response = GRPCHealthCheckResponse()
        guard name.isEmpty || endpoint.all.services.contains(sameAs: name) else {
            guard isStrict else {
                response.status = .serviceUnknown
                return response
            }
            throw ApplicationError.notFound(
                code: "UNKNOWN_SERVICE", "The service '\(name.shortened)' is not served",
                details: ["service": .string(name.shortened)])
        }
        let report = await reporter?.report(context) ?? HealthReport(state: .running)
        response.status = report.isReady && !endpoint.isDraining ? .serving : .notServing
        return response
    }
}
#endif
