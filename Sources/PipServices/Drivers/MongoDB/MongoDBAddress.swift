/// Where MongoDB is, and as whom to talk to it.
struct MongoDBAddress: Sendable {
    /// The connection string of libmongoc. Holds the password.
    let uri: String
    let database: String
    /// The servers, without secrets.
    let place: String
}

extension MongoDBAddress: CustomStringConvertible, CustomReflectable {
    /// The servers and the database, without secrets.
    var description: String { "\(place)/\(database)" }
    /// As ``description``: a dump shows no secrets either.
    var customMirror: Mirror { Mirror(self, children: ["place": description]) }
}
