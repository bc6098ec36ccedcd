#if PIP_AWS
import FoundationEssentials
import PipServices

/// Signatures, and functions of AWS Lambda.
func measureAWS(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    try measureSignatures(options, folder, &table)
    try measureLambda(options, folder, &table)
}

/// Signing a request with 1 KB of JSON, by this project and by AWS's own client for Python, botocore.
private func measureSignatures(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    let signer = AWSSigner(service: "sqs", region: "us-east-1")
    let keys = AWSCredentials(accessId: "AKIDEXAMPLE", accessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    let body = Array("{\"MessageBody\":\"\(String(repeating: "x", count: 1006))\"}".utf8)
    let request = HTTPClientRequest(
        .post, "https://sqs.us-east-1.amazonaws.com/",
        headers: [
            ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "AmazonSQS.SendMessage"),
        ], body: HTTPBody(body))
    let time = Date(timeIntervalSince1970: 1_440_938_160)
    let expected = try signer.sign(request, keys, at: time)[header: "Authorization"] ?? ""

    var ours: [Double] = []
    var python: [Double] = []
    for round in 0..<options.rounds {
        progress("signatures, round \(round + 1) of \(options.rounds)")
        let steps: [() throws -> Void] = [
            {
                let count = options.isQuick ? 5_000 : 50_000
                let start = ContinuousClock.now
                for _ in 0..<count {
                    guard try signer.sign(request, keys, at: time)[header: "Authorization"] == expected else {
                        throw BenchmarkError("the signature is another one")
                    }
                }
                ours.append(Double(count) / (milliseconds(.now - start) / 1000))
            },
            {
                let process = try ChildProcess(
                    "botocore", [options.python, options.signingPeer, "\(options.expressionSeconds)"], in: folder)
                try process.finish()
                let words = process.printed.split(separator: "\n").last { $0.hasPrefix("RESULT ") }?.split(
                    separator: " ")
                guard let words, words.count == 3, let nanoseconds = Double(words[1]) else {
                    throw process.failure("printed no result")
                }
                guard expected.hasSuffix("Signature=\(words[2])") else {
                    throw BenchmarkError("botocore signs otherwise: \(words[2])")
                }
                python.append(1e9 / nanoseconds)
            },
        ]
        for step in round.isMultiple(of: 2) ? steps : steps.reversed() { try step() }
    }
    table.add(
        Row(
            name: "signing a request of 1 KB for AWS, against botocore", unit: "per s", ours: ours, baseline: python,
            target: .ratioAtLeast(20)))
}
#endif
