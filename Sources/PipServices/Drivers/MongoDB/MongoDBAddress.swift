/// The address of MongoDB with the login.
struct MongoDBAddress: Sendable {
    /// The connection string for libmongoc. Contains the password.
    let uri: String
    let database: String
    /// The servers, without secrets.
    let place: String
}

extension MongoDBAddress: CustomStringConvertible, CustomReflectable {
    /// The servers and the database, without secrets.
    var description: String { "\(place)/\(database)" }
    /// Like ``description``: a dump shows no secrets either.
    var customMirror: Mirror { Mirror(self, children: ["place": description]) }
}
