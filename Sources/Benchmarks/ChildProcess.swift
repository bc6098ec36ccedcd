import Dispatch
import Glibc
import PipServices

/// A process that the benchmark started; its output goes to a file.
final class ChildProcess {
    let pid: pid_t
    let name: String
    let started: ContinuousClock.Instant
    private let output: String
    private var exitStatus: Int32?

    /// Starts the executable, searched on PATH, with nothing of this process's environment but what is named here.
    init(_ name: String, _ command: [String], environment: [String: String] = [:], in folder: WorkFolder) throws {
        self.name = name
        output = folder.file("\(name).out")

        var variables = environment
        for key in ["PATH", "HOME", "TMPDIR", "LANG"] {
            if let value = getenv(key) { variables[key] = String(cString: value) }
        }
        var arguments = command.map { strdup($0) }
        var settings = variables.map { strdup("\($0.key)=\($0.value)") }
        defer { for pointer in arguments + settings { free(pointer) } }
        arguments.append(nil)
        settings.append(nil)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)

        // A child must not go on to ignore what this process does.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var handled = sigset_t()
        sigemptyset(&handled)
        for number in Self.interruptions { sigaddset(&handled, number) }
        posix_spawnattr_setsigdefault(&attributes, &handled)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        started = .now
        let code: Int32
        (pid, code) = Self.running.withLock { running in
            var pid: pid_t = 0
            let code = posix_spawnp(&pid, command[0], &actions, &attributes, arguments, settings)
            if code == 0 { running.insert(pid) }
            return (pid, code)
        }
        guard code == 0 else { throw BenchmarkError("cannot start \(command[0]): \(String(cString: strerror(code)))") }
    }

    deinit {
        stop()
    }

    /// What the process printed so far.
    var printed: String { readText(output) ?? "" }

    /// An error that ends with the last lines that the process printed.
    func failure(_ text: String) -> BenchmarkError {
        let lines = printed.split(separator: "\n").suffix(8).map { "\n    \($0)" }
        return BenchmarkError("\(name) \(text)" + (lines.isEmpty ? "" : "; its last output:" + lines.joined()))
    }

    var isRunning: Bool {
        poll(WNOHANG)
        return exitStatus == nil
    }

    /// Waits for the end and throws unless the exit code is 0.
    func finish() throws {
        poll(0)
        guard exitStatus == 0 else { throw failure("failed") }
    }

    /// Asks the process to end, and ends it when it does not within five seconds.
    func stop() {
        guard isRunning else { return }
        kill(pid, SIGTERM)
        let deadline = ContinuousClock.now + .seconds(5)
        while isRunning, .now < deadline { usleep(1000) }
        guard isRunning else { return }
        kill(pid, SIGKILL)
        poll(0)
    }

    private func poll(_ options: Int32) {
        guard exitStatus == nil else { return }
        var status: Int32 = 0
        var result: pid_t
        repeat { result = waitpid(pid, &status, options) } while result == -1 && errno == EINTR
        guard result != 0 else { return }
        exitStatus = result == pid ? status : -1
        Self.running.withLock { _ = $0.remove(pid) }
    }
}

// MARK: - Measures of the running process

extension ChildProcess {
    /// User and system time so far, of all threads.
    func cpuSeconds() throws -> Double {
        // The second field, the name in parentheses, can hold anything: the third and later ones follow the last ")".
        let fields = readText("/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw failure("tells no CPU time")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory that no file backs.
    func anonymousMegabytes() throws -> Double {
        let line = readText("/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        guard let words = line?.split(whereSeparator: \.isWhitespace), words.count > 1, let kilobytes = Double(words[1])
        else { throw failure("tells no anonymous resident memory") }
        return kilobytes / 1024
    }
}

// MARK: - Nothing stays behind

extension ChildProcess {
    private static let running = Locked<Set<pid_t>>([])

    /// Makes an interrupted benchmark end its children first.
    static func stopAllOnSignals() {
        for number in interruptions {
            // Not in the signal's own handler, which may take no lock.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // The handler holds its source, which is there as long as this process.
            source.setEventHandler { [source] in
                defer { withExtendedLifetime(source) {} }
                // Held to the end: no child may be started any more.
                running.withLock { pids in
                    for pid in pids { kill(pid, SIGKILL) }
                    _exit(128 + number)
                }
            }
            source.resume()
        }
    }

    private static let interruptions = [SIGINT, SIGTERM, SIGHUP]
}
