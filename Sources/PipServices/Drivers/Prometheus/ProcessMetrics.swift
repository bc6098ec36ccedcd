import FoundationEssentials
import Glibc

/// Metrics of this process, under the standard names of Prometheus clients.
struct ProcessMetrics {
    /// In seconds.
    var cpuTime: Double
    var residentMemory: Double
    var virtualMemory: Double
    var openDescriptors: Double?
    var maxDescriptors: Double?
    /// In seconds since 1970; nil if unknown.
    var startTime: Double?

    /// The reserved metric names.
    static let names = [
        "process_cpu_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes",
        "process_virtual_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds",
    ]

    /// Reads the values from `/proc`; nil if not available.
    static func read() -> ProcessMetrics? {
        guard let stat = text("/proc/self/stat"), let (_, rest) = stat.divided(atLast: ")") else { return nil }
        // The process name, in parentheses, may contain any characters. The third field follows it.
        let fields = rest.parts(separatedBy: " ", omittingEmpty: true)
        func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? Double(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23),
            let pages = field(24)
        else { return nil }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return ProcessMetrics(
            cpuTime: (user + system) / ticks, residentMemory: pages * Double(max(1, sysconf(Int32(_SC_PAGESIZE)))),
            virtualMemory: virtual, openDescriptors: openDescriptorCount, maxDescriptors: descriptorLimit,
            startTime: bootTime.map { $0 + start / ticks })
    }

    /// Writes the metrics.
    func write(to writer: inout MetricWriter) {
        writer.write("process_cpu_seconds", .counter, help: "User and system CPU time, in seconds.", cpuTime)
        writer.write("process_resident_memory_bytes", .gauge, help: "Resident memory, in bytes.", residentMemory)
        writer.write("process_virtual_memory_bytes", .gauge, help: "Virtual memory, in bytes.", virtualMemory)
        if let openDescriptors {
            writer.write("process_open_fds", .gauge, help: "Open file descriptors.", openDescriptors)
        }
        if let maxDescriptors {
            writer.write("process_max_fds", .gauge, help: "The largest number of file descriptors.", maxDescriptors)
        }
        if let startTime {
            writer.write(
                "process_start_time_seconds", .gauge, help: "When the process started, in seconds since 1970.",
                startTime)
        }
    }

    // MARK: - Internal

    private static func text(_ path: String) -> String? {
        (try? ConfigText.bytes(of: path)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static let bootTime: Double? = text("/proc/stat")?.parts(separatedBy: "\n").lazy
        .compactMap { $0.dropping(prefix: "btime ") }.first.flatMap { Double($0) }

    private static var openDescriptorCount: Double? {
        var status = stat()
        // Since Linux 6.2, the size of the directory is the number of descriptors.
        if stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return Double(status.st_size) }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") else { return nil }
        // Without the descriptor of the listing itself.
        return Double(max(0, names.count - 1))
    }

    private static var descriptorLimit: Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max
        else { return nil }
        return Double(limit.rlim_cur)
    }
}
