#if PIP_AZURE
import FoundationEssentials
import PipServices

/// Signing a request with a message of 1 KB, by this project and by Azure's own client for Python.
func measureAzure(_ options: Options, _ folder: WorkFolder, _ table: inout Table) throws {
    let signer = try AzureSharedKey(
        accountName: "devstoreaccount1",
        accountKey: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==")
    let text = String(repeating: "x", count: 1024)
    let request = HTTPClientRequest(
        .post, "https://devstoreaccount1.queue.core.windows.net/orders/messages?messagettl=-1",
        headers: [("x-ms-version", "2021-12-02"), ("Content-Type", "application/xml")],
        body: HTTPBody(Array("<QueueMessage><MessageText>\(text)</MessageText></QueueMessage>".utf8)))
    let time = Date(timeIntervalSince1970: 1_700_000_000)
    let expected = try signer.sign(request, at: time)[header: "Authorization"] ?? ""

    var ours: [Double] = []
    var python: [Double] = []
    for round in 0..<options.rounds {
        progress("signatures of Azure, round \(round + 1) of \(options.rounds)")
        let steps: [() throws -> Void] = [
            {
                let count = options.isQuick ? 5_000 : 50_000
                let start = ContinuousClock.now
                for _ in 0..<count {
                    guard try signer.sign(request, at: time)[header: "Authorization"] == expected else {
                        throw BenchmarkError("the signature is another one")
                    }
                }
                ours.append(Double(count) / (milliseconds(.now - start) / 1000))
            },
            {
                let process = try ChildProcess(
                    "azure-storage-queue", [options.python, options.azureSigningPeer, "\(options.expressionSeconds)"],
                    in: folder)
                try process.finish()
                let words = process.printed.split(separator: "\n").last { $0.hasPrefix("RESULT ") }?.split(
                    separator: " ")
                guard let words, words.count == 3, let nanoseconds = Double(words[1]) else {
                    throw process.failure("printed no result")
                }
                guard expected.hasSuffix(":\(words[2])") else {
                    throw BenchmarkError("Azure's client signs otherwise: \(words[2])")
                }
                python.append(1e9 / nanoseconds)
            },
        ]
        for step in round.isMultiple(of: 2) ? steps : steps.reversed() { try step() }
    }
    table.add(
        Row(
            name: "signing a request of 1 KB for Azure, against its client", unit: "per s", ours: ours,
            baseline: python, target: .ratioAtLeast(20)))
}
#endif
