import Foundation
import PipServicesTesting
import Testing

@testable import PipServices

/// Every configuration error that the module can raise is found by `--check`, with the names that it must contain.
@Suite struct ConfigErrorTests {
    /// A configuration with one error.
    struct Case: CustomTestStringConvertible, Sendable {
        /// The source locations that raise the error: the file and the code.
        let sites: [String]
        let descriptor: String
        var settings = ""
        /// Additional components.
        var others = ""
        let code: String
        let key: String
        /// The value that the message shows.
        var value: String?
        /// The code of the error on open, if it differs.
        var codeAtOpen: String?
        /// True if it is raised later than on open.
        var isForCheckOnly = false

        var testDescription: String { "\(sites.joined(separator: ", ")): \(settings)" }
        var yaml: String {
            "\(others)- descriptor: \(descriptor)\n" + (settings.isEmpty ? "" : "  \(settings)\n")
        }
    }

    static let cases: [Case] = {
        let endpoint = "pip-services:endpoint:http:default:1.0"
        let files = "pip-services:test:files:default:1.0"
        let function = "pip-services:client:commandable-cloudfunc:default:1.0"
        var cases = [
            Case(
                sites: ["Setting BAD_VALUE"], descriptor: endpoint, settings: "connection.port: many",
                code: "BAD_VALUE", key: "connection.port", value: "many"),
            Case(
                sites: ["Setting EMPTY_VALUE"], descriptor: endpoint, settings: "cors_origins: ''",
                code: "EMPTY_VALUE", key: "cors_origins"),
            Case(
                sites: ["ComponentModel+UnknownKeys BAD_VALUE"], descriptor: endpoint,
                settings: "connection: { port: [1, 2] }",
                code: "BAD_VALUE", key: "connection.port"),
            Case(
                sites: ["AccessSettings BAD_VALUE"], descriptor: endpoint, settings: "authorize: any\n  roles: admin",
                code: "BAD_VALUE", key: "authorize", value: "any"),
            Case(
                sites: ["RequiredSetting NO_VALUE"], descriptor: "test:required:default:default:1.0",
                code: "NO_VALUE", key: "size"),
            Case(
                sites: ["SlotLinker REF_ERROR"], descriptor: "test:needy:default:default:1.0",
                settings: "dependencies: { other: 'test:othr:*:*:1.0' }", code: "REF_ERROR",
                key: "dependencies.other", value: "test:othr:*:*:1.0"),
            Case(
                sites: ["Composition UNKNOWN_DESCRIPTOR"], descriptor: "pip-services:endpoint:htp:default:1.0",
                code: "UNKNOWN_DESCRIPTOR", key: "descriptor", value: "pip-services:endpoint:htp:default:1.0"),
            Case(
                sites: ["HTTPConnectionResolver NO_CREDENTIAL"], descriptor: endpoint,
                settings: "connection: { protocol: https, port: 0 }", code: "NO_CREDENTIAL",
                key: "credential.ssl_key_file"),
            Case(
                sites: ["HTTPConnectionResolver NO_SSL_KEY_FILE"], descriptor: endpoint,
                settings: "connection: { protocol: https, port: 0 }\n  credential: { ssl_crt_file: a.crt }",
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file"),
            Case(
                sites: ["HTTPConnectionResolver NO_SSL_CRT_FILE"], descriptor: endpoint,
                settings: "connection: { protocol: https, port: 0 }\n  credential: { ssl_key_file: a.key }",
                code: "NO_SSL_CRT_FILE", key: "credential.ssl_crt_file"),
            Case(
                sites: ["HTTPConnectionResolver BAD_URI"], descriptor: endpoint,
                settings: "connection: { uri: 'http://localhost:0/path' }", code: "BAD_URI", key: "connection.uri"),
            Case(
                sites: ["ConnectionCheck BAD_URI"], descriptor: endpoint,
                settings: "connection: { uri: 'http://us/er:pass@host:1' }", code: "BAD_URI", key: "connection.uri"),
            Case(
                sites: ["HTTPConnectionResolver NO_HOST"], descriptor: endpoint,
                settings: "connection: { uri: 'http://' }",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["HTTPConnectionResolver WRONG_PROTOCOL"], descriptor: endpoint,
                settings: "connection: { protocol: ftp }", code: "WRONG_PROTOCOL", key: "connection.protocol",
                value: "ftp"),
            Case(
                sites: ["ConnectionCheck BAD_HOST"], descriptor: endpoint,
                settings: "connection: { host: 'http://h', port: 0 }", code: "BAD_HOST", key: "connection.host",
                value: "http://h"),
            Case(
                sites: ["ConnectionCheck NO_PORT"], descriptor: endpoint, settings: "connections: [{ port: many }]",
                code: "NO_PORT", key: "connection.port", value: "many"),
            Case(
                sites: ["TargetHTTPConnector BAD_URI"], descriptor: "test:client:rest:default:1.0",
                settings: "connection: { uri: 'http://host:1/a?b=c' }", code: "BAD_URI", key: "connection.uri"),
            Case(
                sites: ["RestClientSettings BAD_URI"], descriptor: "test:client:rest:default:1.0",
                settings: "connection.host: h\n  options: { proxy: 'htp://proxy:1' }", code: "BAD_URI",
                key: "options.proxy"),
            Case(
                sites: ["GCPConnectionParams NO_CONNECTION_URI"], descriptor: function,
                settings: "connection: { protocol: https, region: us-east1, project_id: p }",
                code: "NO_CONNECTION_URI", key: "connection.function"),
            Case(
                sites: ["FunctionURI WRONG_PROTOCOL"], descriptor: function,
                settings: "connection: { protocol: ftp, uri: 'http://host' }", code: "WRONG_PROTOCOL",
                key: "connection.uri", value: "ftp"),
            Case(
                sites: ["FunctionURI WRONG_PROTOCOL"], descriptor: function,
                settings: "connection: { uri: 'ftp://host/function' }", code: "WRONG_PROTOCOL", key: "connection.uri",
                value: "ftp"),
            Case(
                sites: ["FunctionURI BAD_URI"], descriptor: function,
                settings: "connection: { uri: 'https://host/function?a=b' }", code: "BAD_URI", key: "connection.uri"),
            Case(
                sites: ["ApplicationError+File NO_PATH"], descriptor: files, code: "NO_PATH", key: "path"),
            Case(
                sites: [], descriptor: files, settings: "path: /proc", code: "WRITE_FAILED", key: "path",
                value: "/proc"),
            Case(
                sites: ["Shutdown BAD_VALUE"], descriptor: "pip-services:shutdown:random:default:1.0",
                settings: "min_timeout: 500000\n  max_timeout: 400000", code: "BAD_VALUE", key: "min_timeout",
                value: "500000"),
            Case(
                sites: ["KeyValueLock NO_FENCING"], descriptor: "test:lock:weak:default:1.0",
                settings: "options.fencing: true", code: "NO_FENCING", key: "options.fencing", value: "true",
                isForCheckOnly: true),
        ]
        for (name, code) in [("ca", "BAD_CERTIFICATE"), ("crt", "BAD_CERTIFICATE"), ("key", "BAD_KEY_FILE")] {
            let crt = name == "key" ? "ssl_crt_file: FOLDER/good.crt, " : ""
            for (file, code) in [("none", "READ_FAILED"), ("bad", code)] {
                cases.append(
                    Case(
                        sites: code == "READ_FAILED" ? [] : ["CredentialFiles \(code)"],
                        descriptor: "test:client:rest:default:1.0",
                        settings:
                            "connection: { uri: 'https://host:1' }\n  credential: { \(crt)ssl_\(name)_file: FOLDER/\(file) }",
                        code: code, key: "credential.ssl_\(name)_file", value: "FOLDER/\(file)"))
            }
        }
        cases.append(
            Case(
                sites: ["CredentialFiles NO_SSL_CRT_FILE"], descriptor: "test:client:rest:default:1.0",
                settings: "connection: { uri: 'https://host:1' }\n  credential: { ssl_key_file: FOLDER/bad }",
                code: "NO_SSL_CRT_FILE", key: "credential.ssl_crt_file", value: "FOLDER/bad"))
        #if PIP_PROMETHEUS && PIP_ELASTICSEARCH
        for client in ["pip-services:logger:elasticsearch:default:1.0", "pip-services:counters:prometheus:default:1.0"]
        {
            cases += [
                Case(
                    sites: [], descriptor: client,
                    settings: "connection.host: h\n  options: { proxy: 'htp://proxy:1' }",
                    code: "BAD_URI", key: "options.proxy"),
                Case(
                    sites: [], descriptor: client, settings: "connection: { uri: 'http://host:1/a?b=c' }",
                    code: "BAD_URI", key: "connection.uri"),
                Case(
                    sites: [], descriptor: client,
                    settings:
                        "connection: { uri: 'https://host:1' }\n  credential: { ssl_ca_file: FOLDER/none }",
                    code: "READ_FAILED", key: "credential.ssl_ca_file", value: "FOLDER/none"),
            ]
        }
        #endif
        #if PIP_HTTP
        let tls = "connection: { protocol: https, port: 0 }\n  credential: { ssl_key_file: FOLDER/bad, ssl_crt_file:"
        cases += [
            Case(
                sites: ["HTTPServerTLS BAD_CERTIFICATE"], descriptor: endpoint, settings: "\(tls) FOLDER/bad }",
                code: "BAD_CERTIFICATE", key: "credential.ssl_crt_file", value: "FOLDER/bad"),
            Case(
                sites: [], descriptor: endpoint, settings: "\(tls) FOLDER/none }", code: "READ_FAILED",
                key: "credential.ssl_crt_file", value: "FOLDER/none", codeAtOpen: "BAD_CERTIFICATE"),
            Case(
                sites: ["HTTPServerTLS NO_SSL_CA_FILE"], descriptor: endpoint,
                settings: "\(tls) FOLDER/bad }\n  options.client_certificate: true", code: "NO_SSL_CA_FILE",
                key: "credential.ssl_ca_file"),
            Case(
                sites: ["HTTPServerTLS NO_SSL_KEY_FILE"], descriptor: endpoint,
                settings: "connection: { protocol: https, port: 0 }\n  credential: { internal_network: yes }",
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file"),
            Case(
                sites: ["HTTPServerTLS NO_SSL_CRT_FILE"], descriptor: endpoint,
                settings:
                    "connection: { protocol: https, port: 0 }\n  credential: { internal_network: yes, ssl_key_file: FOLDER/bad }",
                code: "NO_SSL_CRT_FILE", key: "credential.ssl_crt_file"),
        ]
        #endif
        #if PIP_JWT
        let jwt = "pip-services:authenticator:jwt:default:1.0"
        cases += [
            Case(
                sites: ["JWTKeys NO_KEYS"], descriptor: jwt, code: "NO_KEYS", key: "credential.secret",
                isForCheckOnly: true),
            Case(
                sites: ["JWTKitKeySet BAD_KEYS"], descriptor: jwt, settings: "jwks_file: FOLDER/bad", code: "BAD_KEYS",
                key: "jwks_file", isForCheckOnly: true),
            Case(
                sites: [], descriptor: jwt, settings: "jwks_file: FOLDER/none", code: "READ_FAILED", key: "jwks_file",
                value: "FOLDER/none", isForCheckOnly: true),
            Case(
                sites: [], descriptor: jwt, settings: "jwks_url: 'example.com/keys'", code: "BAD_URL", key: "jwks_url",
                isForCheckOnly: true),
        ]
        #endif
        #if PIP_REDIS
        let redis = "pip-services:connection:redis:default:1.0"
        cases += [
            Case(
                sites: ["RedisAddress BAD_DATABASE"], descriptor: redis, settings: "connection.uri: 'redis://h/x'",
                code: "BAD_DATABASE", key: "connection.uri", value: "x"),
            Case(
                sites: ["RedisAddress MULTIPLE_CONNECTIONS_NOT_SUPPORTED"], descriptor: redis,
                settings: "connection.uri: 'redis://a,b'", code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED",
                key: "connection.uri"),
            Case(
                sites: ["RedisConnection MULTIPLE_CONNECTIONS_NOT_SUPPORTED"], descriptor: redis,
                settings: "connections: [{ host: a }, { host: b }]", code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED",
                key: "connections"),
            Case(
                sites: ["RedisAddress NO_HOST"], descriptor: redis, settings: "connection.uri: 'redis://'",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["RedisAddress NO_PASSWORD"], descriptor: redis,
                settings: "connection.host: h\n  credential.username: u", code: "NO_PASSWORD",
                key: "credential.password"),
            Case(
                sites: ["RedisAddress UNSUPPORTED_PROTOCOL"], descriptor: redis, settings: "connection.uri: 'rds://h'",
                code: "UNSUPPORTED_PROTOCOL", key: "connection.uri", value: "rds"),
            Case(
                sites: ["RedisConnection NO_CONNECTION"], descriptor: redis, code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: ["RedisConnection TLS_NOT_ENABLED"], descriptor: redis,
                settings: "connection.host: h\n  options.tls_server_name: tls.host", code: "TLS_NOT_ENABLED",
                key: "options.tls_server_name", value: "tls.host"),
            Case(
                sites: [], descriptor: redis, settings: "connection.host: h\n  credential.ssl_ca_file: FOLDER/ca",
                code: "TLS_NOT_ENABLED", key: "credential.ssl_ca_file", value: "FOLDER/ca"),
            Case(
                sites: ["RedisTLSSettings BAD_SERVER_NAME"], descriptor: redis,
                settings: "connection.uri: 'rediss://h'\n  options.tls_server_name: \"a\\0b\"",
                code: "BAD_SERVER_NAME", key: "options.tls_server_name"),
            Case(
                sites: [], descriptor: redis,
                settings: "connection.uri: 'rediss://h'\n  credential.ssl_crt_file: FOLDER/good.crt",
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file"),
            Case(
                sites: [], descriptor: redis,
                settings: "connection.uri: 'rediss://h'\n  credential.ssl_key_file: FOLDER/bad",
                code: "NO_SSL_CRT_FILE", key: "credential.ssl_crt_file"),
            Case(
                sites: [], descriptor: redis, settings: "connection.host: h\n  options.cluster: true",
                code: "NO_CLUSTER", key: "options.cluster", value: "true"),
        ]
        #endif
        #if PIP_MEMCACHED
        let memcached = "pip-services:connection:memcached:default:1.0"
        cases += [
            Case(
                sites: [], descriptor: memcached,
                settings: "connection.host: h\n  credential: { username: u, password: p }", code: "NO_SASL",
                key: "credential.username"),
            Case(
                sites: [], descriptor: memcached, settings: "connection.host: h\n  credential.password: p",
                code: "NO_SASL", key: "credential.password"),
            Case(
                sites: [], descriptor: memcached, settings: "connection.uri: 'memcached://u:p@h'", code: "NO_SASL",
                key: "connection.uri"),
            Case(
                sites: [], descriptor: memcached, settings: "connection: { protocol: tls, host: h }", code: "NO_TLS",
                key: "connection.protocol", value: "tls"),
            Case(
                sites: [], descriptor: memcached, settings: "connection.uri: 'memcacheds://h'", code: "NO_TLS",
                key: "connection.uri", value: "memcacheds"),
            Case(
                sites: [], descriptor: memcached, settings: "connection.host: h\n  credential.ssl_ca_file: FOLDER/ca",
                code: "NO_TLS", key: "credential.ssl_ca_file", value: "FOLDER/ca"),
            Case(
                sites: ["MemcachedComposer NO_HOST"], descriptor: memcached, settings: "connection.uri: 'memcached://'",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["MemcachedComposer NO_PORT"], descriptor: memcached,
                settings: "connection.uri: 'memcached://h:0'",
                code: "NO_PORT", key: "connection.port", value: "0"),
            Case(
                sites: ["MemcachedConnection NO_CONNECTION"], descriptor: memcached, code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: ["MemcachedComposer UNSUPPORTED_PROTOCOL", "CompositeConnectionResolver UNSUPPORTED_PROTOCOL"],
                descriptor: memcached, settings: "connection: { protocol: http, host: h }",
                code: "UNSUPPORTED_PROTOCOL",
                key: "connection.protocol", value: "http"),
            Case(
                sites: ["CompositeConnectionResolver NO_HOST"], descriptor: memcached,
                settings: "connection: { port: 1 }",
                code: "NO_HOST", key: "connection.host"),
        ]
        #endif
        #if PIP_MQTT
        let mqtt = "pip-services:connection:mqtt:default:1.0"
        cases += [
            Case(
                sites: ["MQTTConnection NO_CONNECTION"], descriptor: mqtt, code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: ["MQTTConnection MULTIPLE_CONNECTIONS_NOT_SUPPORTED"], descriptor: mqtt,
                settings: "connections: [{ host: a }, { host: b }]", code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED",
                key: "connections"),
            Case(
                sites: ["MQTTAddress MULTIPLE_CONNECTIONS_NOT_SUPPORTED"], descriptor: mqtt,
                settings: "connection.uri: 'mqtt://a,b'", code: "MULTIPLE_CONNECTIONS_NOT_SUPPORTED",
                key: "connection.uri"),
            Case(
                sites: ["MQTTAddress NO_HOST"], descriptor: mqtt, settings: "connection.uri: 'mqtt://'",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: [], descriptor: mqtt, settings: "connection.port: 1", code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["MQTTAddress UNSUPPORTED_PROTOCOL"], descriptor: mqtt,
                settings: "connection: { protocol: http, host: h }", code: "UNSUPPORTED_PROTOCOL",
                key: "connection.protocol", value: "http"),
            Case(
                sites: ["MQTTAddress FILE_NOT_READABLE"], descriptor: mqtt,
                settings: "connection.uri: 'mqtts://h'\n  credential.ssl_ca_file: FOLDER/none",
                code: "FILE_NOT_READABLE", key: "credential.ssl_ca_file", value: "FOLDER/none"),
            Case(
                sites: [], descriptor: mqtt,
                settings: "connection.uri: 'mqtts://h'\n  credential.ssl_crt_file: FOLDER/good.crt",
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file"),
            Case(
                sites: [], descriptor: mqtt,
                settings: "connection.uri: 'mqtts://h'\n  credential.ssl_key_file: FOLDER/bad",
                code: "NO_SSL_CRT_FILE", key: "credential.ssl_crt_file"),
            Case(
                sites: ["MQTTConnection NO_CLIENT_ID"], descriptor: mqtt,
                settings: "connection.host: h\n  options.clean_session: false", code: "NO_CLIENT_ID",
                key: "client_id"),
            Case(
                sites: ["MQTTConnection BAD_VALUE"], descriptor: mqtt,
                settings: "connection.host: h\n  client_id: \"a\\tb\"", code: "BAD_VALUE", key: "client_id",
                value: "a\tb"),
            Case(
                sites: ["MQTTConnection BAD_TOPIC"], descriptor: mqtt,
                settings: "connection.host: h\n  will.topic: 'a/#'", code: "BAD_TOPIC", key: "will.topic",
                value: "a/#"),
        ]
        #endif
        #if PIP_MONGODB
        let mongoDB = "pip-services:connection:mongodb:default:1.0"
        cases += [
            Case(
                sites: ["MongoDBConnectionResolver NO_CONNECTION"], descriptor: mongoDB, code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: ["MongoDBConnectionResolver NO_HOST"], descriptor: mongoDB, settings: "connection.database: d",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: [], descriptor: mongoDB, settings: "connection.uri: 'mongodb://,b/d'", code: "NO_HOST",
                key: "connection.host"),
            Case(
                sites: ["MongoDBConnectionResolver NO_PORT"], descriptor: mongoDB,
                settings: "connection.uri: 'mongodb://h:70000/d'", code: "NO_PORT", key: "connection.uri",
                value: "70000"),
            Case(
                sites: ["MongoDBConnectionResolver UNSUPPORTED_PROTOCOL"], descriptor: mongoDB,
                settings: "connection: { protocol: http, host: h, database: d }", code: "UNSUPPORTED_PROTOCOL",
                key: "connection.protocol", value: "http"),
            Case(
                sites: [], descriptor: mongoDB, settings: "connection.uri: 'http://h/d'", code: "UNSUPPORTED_PROTOCOL",
                key: "connection.uri", value: "http"),
            Case(
                sites: ["MongoDBConnectionResolver BAD_URI"], descriptor: mongoDB,
                settings: "connections: [{ host: h }, { uri: 'mongodb://h/d' }]", code: "BAD_URI", key: "connections"),
            Case(
                sites: ["MongoDBConnectionResolver NO_DATABASE"], descriptor: mongoDB, settings: "connection.host: h",
                code: "NO_DATABASE", key: "connection.database"),
            Case(
                sites: ["MongoDBConnectionResolver BAD_DATABASE"], descriptor: mongoDB,
                settings: "connection: { host: h, database: 'a b' }", code: "BAD_DATABASE",
                key: "connection.database", value: "a b"),
            Case(
                sites: [], descriptor: mongoDB, settings: "connection.uri: 'mongodb://h/a%20b'", code: "BAD_DATABASE",
                key: "connection.uri", value: "a b"),
            Case(
                sites: ["MongoDBConnectionResolver NO_USER"], descriptor: mongoDB,
                settings: "connection: { host: h, database: d }\n  credential.password: p", code: "NO_USER",
                key: "credential.username"),
            Case(
                sites: ["MongoDBOption UNKNOWN_OPTION"], descriptor: mongoDB,
                settings: "connection: { host: h, database: d, replicset: x }", code: "UNKNOWN_OPTION",
                key: "connection.replicset"),
            Case(
                sites: [], descriptor: mongoDB, settings: "connection.uri: 'mongodb://h/d?nonsense=1'",
                code: "UNKNOWN_OPTION", key: "connection.uri", value: "nonsense"),
            Case(
                sites: ["MongoDBOption BAD_OPTION"], descriptor: mongoDB,
                settings: "connection.uri: 'mongodb://h/d?retryWrites=maybe'", code: "BAD_OPTION",
                key: "connection.uri", value: "maybe"),
            Case(
                sites: [], descriptor: mongoDB,
                settings: "connection: { host: h, database: d }\n  options.write_concern: '0'", code: "BAD_OPTION",
                key: "options.write_concern", value: "'0'"),
            Case(
                sites: ["MongoDBConnection BAD_URI"], descriptor: mongoDB,
                settings: "connection.uri: 'mongodb://a,b/d?directConnection=true'", code: "BAD_URI",
                key: "connection", value: "a:27017,b:27017"),
            Case(
                sites: ["MongoDBEngine NO_COLLECTION"], descriptor: "test:persistence:mongodb:default:1.0",
                settings: "connection: { host: h, database: d }", code: "NO_COLLECTION", key: "collection",
                isForCheckOnly: true),
        ]
        #endif
        #if PIP_PROMETHEUS
        let prometheus = "pip-services:counters:prometheus:default:1.0"
        cases += [
            Case(
                sites: ["PrometheusOptions BAD_LABEL"], descriptor: prometheus, settings: "labels.9a: x",
                code: "BAD_LABEL", key: "labels.9a", value: "9a"),
            Case(
                sites: ["PrometheusOptions BAD_BUCKETS"], descriptor: prometheus, settings: "buckets.exec_time: '2,1'",
                code: "BAD_BUCKETS", key: "buckets.exec_time", value: "2,1"),
        ]
        #endif
        #if PIP_AZURE
        cases += [
            Case(
                sites: ["AzureFunctionConnectionParams NO_CONNECTION_URI"],
                descriptor: "pip-services:client:azurefunc:default:1.0",
                settings: "connection: { protocol: https, app_name: a }", code: "NO_CONNECTION_URI",
                key: "connection.function_name"),
            Case(
                sites: ["AzureFunctionHandler BAD_VALUE"], descriptor: "pip-services:function:azurefunc:default:1.0",
                settings: "events: ['a/b']\n  connection: { port: 0 }", code: "BAD_VALUE", key: "events", value: "a/b"),
        ]
        #endif
        #if PIP_AWS
        let (aws, lambda) = ("test:aws:alone:default:1.0", "pip-services:client:lambda:default:1.0")
        let sqs = "pip-services:message-queue:sqs:default:1.0"
        let keys = "credential: { access_id: AKIDX, access_key: secret-key }"
        cases += [
            Case(
                sites: ["AWSConnectionResolver NO_REGION"], descriptor: aws, code: "NO_REGION", key: "connection.region"
            ),
            Case(
                sites: ["AWSConnectionResolver BAD_REGION"], descriptor: aws, settings: "connection.region: 'US east'",
                code: "BAD_REGION", key: "connection.region", value: "US east"),
            Case(
                sites: ["AWSConnectionParams BAD_ARN"], descriptor: aws, settings: "connection.arn: 'arn:x'",
                code: "BAD_ARN", key: "connection.arn", value: "arn:x"),
            Case(
                sites: ["AWSConnectionResolver BAD_URI"], descriptor: aws,
                settings: "connection: { region: r, uri: 'ftp://h' }", code: "BAD_URI", key: "connection.uri",
                value: "ftp://h"),
            Case(
                sites: ["AWSCredentialChain NO_ACCESS_ID"], descriptor: aws,
                settings: "connection.region: r\n  credential.access_key: secret-key", code: "NO_ACCESS_ID",
                key: "credential.access_id"),
            Case(
                sites: ["AWSCredentialChain NO_ACCESS_KEY"], descriptor: aws,
                settings: "connection.region: r\n  credential.access_id: AKIDX", code: "NO_ACCESS_KEY",
                key: "credential.access_key"),
            Case(
                sites: [], descriptor: "test:aws:half:default:1.0", settings: "connection.region: r",
                code: "NO_ACCESS_KEY", key: "AWS_SECRET_ACCESS_KEY"),
            Case(
                sites: ["AWSCredentialChain NO_PROFILE"], descriptor: aws,
                settings: "connection.region: r\n  credential.profile: none", code: "NO_PROFILE",
                key: "credential.profile", value: "none"),
            Case(
                sites: ["AWSCredentialChain UNSUPPORTED_PROFILE"], descriptor: aws,
                settings: "connection.region: r\n  home: FOLDER", code: "UNSUPPORTED_PROFILE",
                key: "credential.profile", value: "role_arn"),
            Case(
                sites: ["AWSCredentialChain NO_CREDENTIALS"], descriptor: aws, settings: "connection.region: r",
                code: "NO_CREDENTIALS", key: "credential.access_id"),
            Case(
                sites: ["AWSCredentialChain BAD_URI"], descriptor: "test:aws:foreign:default:1.0",
                settings: "connection.region: r", code: "BAD_URI", key: "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                value: "evil.test"),
            Case(
                sites: [], descriptor: "test:aws:instance:default:1.0", settings: "connection.region: r",
                code: "BAD_URI", key: "AWS_EC2_METADATA_SERVICE_ENDPOINT", value: "169.254.169.254"),
            Case(
                sites: [], descriptor: aws,
                settings:
                    "connection.region: r\n  credential: { access_id: AKIDX, access_key: secret-key, ssl_ca_file: FOLDER/none }",
                code: "READ_FAILED", key: "credential.ssl_ca_file", value: "FOLDER/none"),
            Case(
                sites: ["LambdaClient BAD_ARN"], descriptor: lambda,
                settings: "connection.arn: 'arn:aws:sqs:r:1:q'\n  \(keys)", code: "BAD_ARN", key: "connection.arn",
                value: "arn:aws:sqs:r:1:q"),
            Case(
                sites: ["LambdaClient NO_AWS_CONNECTION"], descriptor: lambda,
                settings: "connection.region: r\n  \(keys)", code: "NO_AWS_CONNECTION", key: "connection.arn"),
            Case(
                sites: ["CloudWatchLogger BAD_GROUP"], descriptor: "pip-services:logger:cloudwatch:default:1.0",
                settings: "group: 'a b'\n  connection.region: r\n  \(keys)", code: "BAD_GROUP", key: "group",
                value: "a b"),
            Case(
                sites: ["CloudWatchLogger BAD_STREAM"], descriptor: "pip-services:logger:cloudwatch:default:1.0",
                settings: "stream: 'a:b'\n  connection.region: r\n  \(keys)", code: "BAD_STREAM", key: "stream",
                value: "a:b"),
            Case(
                sites: ["CloudWatchCounters BAD_SOURCE"], descriptor: "pip-services:counters:cloudwatch:default:1.0",
                settings: "source: AWS/x\n  connection.region: r\n  \(keys)", code: "BAD_SOURCE", key: "source",
                value: "AWS/x"),
            Case(
                sites: ["SQSQueue BAD_QUEUE_NAME"], descriptor: sqs,
                settings: "queue: 'a b'\n  connection.region: r\n  \(keys)", code: "BAD_QUEUE_NAME", key: "queue",
                value: "a b"),
            Case(
                sites: ["SQSQueue BAD_DEAD_QUEUE"], descriptor: sqs,
                settings: "queue: q.fifo\n  dead_queue: q-dead\n  connection.region: r\n  \(keys)",
                code: "BAD_DEAD_QUEUE",
                key: "dead_queue", value: "q-dead"),
            Case(
                sites: [], descriptor: sqs, settings: "dead_queue: 'a b'\n  connection.region: r\n  \(keys)",
                code: "BAD_QUEUE_NAME", key: "dead_queue", value: "a b"),
        ]
        #endif
        #if PIP_AZURE
        let (storage, locks) = (
            "pip-services:message-queue:storage-message-queue:default:1.0",
            "pip-services:lock:storage-table:default:1.0"
        )
        let (vault, insights) = (
            "pip-services:credential-store:key-vault:default:1.0", "pip-services:logger:app-insights:default:1.0"
        )
        let account = "credential: { account_name: orders, account_key: c2VjcmV0LWtleQ== }"
        let application = "credential: { tenant_id: t, client_id: c, client_secret: secret-key }"
        cases += [
            Case(
                sites: ["AzureConnectionString BAD_CONNECTION_STRING"], descriptor: storage,
                settings: "credential.connection_string: 'AcountName=orders'", code: "BAD_CONNECTION_STRING",
                key: "credential.connection_string", value: "AcountName"),
            Case(
                sites: ["AzureConnectionParams NO_ACCESS_ID"], descriptor: storage, code: "NO_ACCESS_ID",
                key: "credential.access_id"),
            Case(
                sites: ["AzureConnectionParams NO_ACCESS_KEY"], descriptor: locks,
                settings: "credential.account_name: orders", code: "NO_ACCESS_KEY", key: "credential.access_key"),
            Case(
                sites: ["AzureSharedKey BAD_ACCESS_KEY"], descriptor: storage,
                settings: "credential: { account_name: orders, account_key: secret-key }", code: "BAD_ACCESS_KEY",
                key: "credential.access_key", value: "(not shown)"),
            Case(
                sites: ["AzureClient BAD_SAS_TOKEN"], descriptor: storage,
                settings: "credential: { account_name: orders, sas_token: secret-key }", code: "BAD_SAS_TOKEN",
                key: "credential.sas_token", value: "(not shown)"),
            Case(
                sites: ["AzureService BAD_ACCESS_ID"], descriptor: storage,
                settings: "credential: { account_name: 'Or ders', account_key: c2VjcmV0LWtleQ== }",
                code: "BAD_ACCESS_ID", key: "credential.access_id", value: "Or ders"),
            Case(
                sites: ["AzureService BAD_PROTOCOL"], descriptor: storage,
                settings: "connection.protocol: ftp\n  \(account)", code: "BAD_PROTOCOL", key: "connection.protocol",
                value: "ftp"),
            Case(
                sites: ["AzureService BAD_URI"], descriptor: locks,
                settings: "connection.uri: 'orders.test'\n  \(account)", code: "BAD_URI", key: "connection.uri",
                value: "orders.test"),
            Case(
                sites: ["StorageQueueConnector BAD_QUEUE_NAME"], descriptor: storage,
                settings: "queue: Orders\n  \(account)", code: "BAD_QUEUE_NAME", key: "queue", value: "Orders"),
            Case(
                sites: [], descriptor: storage, settings: "connection.queue: a--b\n  \(account)",
                code: "BAD_QUEUE_NAME", key: "connection.queue", value: "a--b"),
            Case(
                sites: [], descriptor: storage, settings: "dead_queue: '-d'\n  \(account)", code: "BAD_QUEUE_NAME",
                key: "dead_queue", value: "-d"),
            Case(
                sites: ["StorageQueueConnector NO_TOPICS"], descriptor: storage,
                settings: "topic: orders\n  \(account)", code: "NO_TOPICS", key: "topic", value: "orders"),
            Case(
                sites: ["StorageTable BAD_TABLE_NAME"], descriptor: locks, settings: "table: 1st\n  \(account)",
                code: "BAD_TABLE_NAME", key: "table", value: "1st"),
            Case(
                sites: ["AzureService NO_URI"], descriptor: vault, settings: application, code: "NO_URI",
                key: "connection.uri"),
            Case(
                sites: ["AzureService BAD_VAULT"], descriptor: vault,
                settings: "connection.uri: 'or ders'\n  \(application)", code: "BAD_VAULT", key: "connection.uri",
                value: "or ders"),
            Case(
                sites: ["AzureClient NO_CREDENTIALS"], descriptor: vault, settings: "connection.uri: orders",
                code: "NO_CREDENTIALS", key: "credential.client_id"),
            Case(
                sites: ["AzureIdentity NO_CLIENT_SECRET"], descriptor: vault,
                settings: "connection.uri: orders\n  credential: { tenant_id: t, client_id: c }",
                code: "NO_CLIENT_SECRET", key: "credential.client_secret"),
            Case(
                sites: [], descriptor: vault,
                settings: "connection.uri: orders\n  credential: { client_id: c, client_secret: secret-key }",
                code: "NO_TENANT_ID", key: "credential.tenant_id"),
            Case(
                sites: [], descriptor: vault,
                settings: "connection.uri: orders\n  credential: { tenant_id: t, client_secret: secret-key }",
                code: "NO_CLIENT_ID", key: "credential.client_id"),
            Case(
                sites: ["AzureIdentity BAD_TENANT_ID"], descriptor: vault,
                settings:
                    "connection.uri: orders\n  credential: { tenant_id: a/b, client_id: c, client_secret: secret-key }",
                code: "BAD_TENANT_ID", key: "credential.tenant_id", value: "a/b"),
            Case(
                sites: ["AzureIdentity BAD_KEY_FILE"], descriptor: vault,
                settings:
                    "connection.uri: orders\n  credential: { tenant_id: t, client_id: c, ssl_crt_file: FOLDER/good.crt }",
                code: "BAD_KEY_FILE", key: "credential.ssl_key_file", value: "FOLDER/good.crt"),
            Case(
                sites: ["InsightsSender NO_INSTRUMENTATION_KEY"], descriptor: insights, code: "NO_INSTRUMENTATION_KEY",
                key: "credential.instrumentation_key"),
            Case(
                sites: ["InsightsSender BAD_INSTRUMENTATION_KEY"],
                descriptor: "pip-services:counters:app-insights:default:1.0",
                settings: "credential.access_key: secret-key", code: "BAD_INSTRUMENTATION_KEY",
                key: "credential.instrumentation_key", value: "(not shown)"),
        ]
        #endif
        #if PIP_ACTIVEMQ
        let activeMQ = "pip-services:connection:activemq:default:1.0"
        let secure = "connection: { protocol: stomp+ssl, host: h }"
        cases += [
            Case(
                sites: ["STOMPClient NO_CONNECTION"], descriptor: activeMQ, code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: [], descriptor: "pip-services:connection:rabbitmq:default:1.0", code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: ["BrokerAddress NO_HOST"], descriptor: activeMQ, settings: "connection.uri: 'stomp://'",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["BrokerAddress NO_PASSWORD"], descriptor: activeMQ,
                settings: "connection.host: h\n  credential.username: u", code: "NO_PASSWORD",
                key: "credential.password"),
            Case(
                sites: ["BrokerAddress UNSUPPORTED_PROTOCOL"], descriptor: activeMQ,
                settings: "connection: { protocol: http, host: h }", code: "UNSUPPORTED_PROTOCOL",
                key: "connection.protocol", value: "http"),
            Case(
                sites: ["STOMPClient TLS_NOT_ENABLED"], descriptor: activeMQ,
                settings: "connection.host: h\n  credential.ssl_ca_file: FOLDER/ca", code: "TLS_NOT_ENABLED",
                key: "credential.ssl_ca_file", value: "FOLDER/ca"),
            Case(
                sites: ["STOMPTLS BAD_CERTIFICATE"], descriptor: activeMQ,
                settings: "\(secure)\n  credential.ssl_ca_file: FOLDER/good.crt", code: "BAD_CERTIFICATE",
                key: "credential.ssl_ca_file", value: "FOLDER/good.crt"),
            Case(
                sites: ["STOMPTLS NO_SSL_KEY_FILE"], descriptor: activeMQ,
                settings: "\(secure)\n  credential.ssl_crt_file: FOLDER/good.crt", code: "NO_SSL_KEY_FILE",
                key: "credential.ssl_key_file", value: "FOLDER/good.crt"),
            Case(
                sites: ["STOMPTLS BAD_KEY_FILE"], descriptor: activeMQ,
                settings:
                    "\(secure)\n  credential: { ssl_crt_file: FOLDER/good.crt, ssl_key_file: FOLDER/good.key }",
                code: "BAD_KEY_FILE", key: "credential.ssl_key_file", value: "FOLDER/good.key"),
            Case(
                sites: ["STOMPRoute BAD_QUEUE_NAME"], descriptor: "pip-services:message-queue:activemq:default:1.0",
                settings: "queue: 'a*'\n  connection.host: h", code: "BAD_QUEUE_NAME", key: "queue", value: "a*",
                isForCheckOnly: true),
            Case(
                sites: ["RabbitMQRouting NO_QUEUE"], descriptor: "pip-services:message-queue:rabbitmq:default:1.0",
                settings: "options.no_queue: true\n  connection.host: h", code: "NO_QUEUE", key: "exchange",
                value: "true", isForCheckOnly: true),
        ]
        #endif
        #if PIP_AMQP
        let amqp = "pip-services:connection:amqp:default:1.0"
        cases += [
            Case(
                sites: ["AMQPConnection NO_CONNECTION"], descriptor: amqp, code: "NO_CONNECTION",
                key: "connection.host"),
            Case(
                sites: ["BrokerAddress NO_HOST"], descriptor: amqp, settings: "connection.uri: 'amqp://'",
                code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["BrokerAddress NO_PASSWORD"], descriptor: amqp,
                settings: "connection.host: h\n  credential.username: u", code: "NO_PASSWORD",
                key: "credential.password"),
            Case(
                sites: ["BrokerAddress UNSUPPORTED_PROTOCOL"], descriptor: amqp,
                settings: "connection: { protocol: http, host: h }", code: "UNSUPPORTED_PROTOCOL",
                key: "connection.protocol", value: "http"),
            Case(
                sites: ["AMQPConnection TLS_NOT_ENABLED"], descriptor: amqp,
                settings: "connection.host: h\n  credential.ssl_ca_file: FOLDER/ca", code: "TLS_NOT_ENABLED",
                key: "credential.ssl_ca_file", value: "FOLDER/ca"),
            Case(
                sites: ["AMQPConnection NO_SSL_KEY_FILE"], descriptor: amqp,
                settings: "connection: { protocol: amqps, host: h }\n  credential.ssl_crt_file: FOLDER/good.crt",
                code: "NO_SSL_KEY_FILE", key: "credential.ssl_key_file", value: "FOLDER/good.crt"),
            Case(
                sites: ["AMQPMessageConnector BAD_QUEUE_NAME"],
                descriptor: "pip-services:message-queue:amqp:default:1.0",
                settings: "queue: a/b\n  connection.host: h", code: "BAD_QUEUE_NAME", key: "queue", value: "a/b",
                isForCheckOnly: true),
        ]
        #endif
        #if PIP_AMQP && PIP_AZURE
        let serviceBus = "pip-services:message-queue:servicebus-message-queue:default:1.0"
        let policy = "credential: { access_id: policy, access_key: secret-key }"
        cases += [
            Case(
                sites: ["ServiceBusNamespace NO_CONNECTION_URI"], descriptor: serviceBus, settings: policy,
                code: "NO_CONNECTION_URI", key: "connection.uri"),
            Case(
                sites: ["ServiceBusNamespace NO_HOST"], descriptor: serviceBus,
                settings: "connection.uri: 'sb://'\n  \(policy)", code: "NO_HOST", key: "connection.host"),
            Case(
                sites: ["ServiceBusNamespace UNSUPPORTED_PROTOCOL"], descriptor: serviceBus,
                settings: "connection.uri: 'http://h'\n  \(policy)", code: "UNSUPPORTED_PROTOCOL",
                key: "connection.uri", value: "http"),
            Case(
                sites: ["ServiceBusNamespace NO_ACCESS_ID"], descriptor: serviceBus,
                settings: "connection.uri: 'sb://h'",
                code: "NO_ACCESS_ID", key: "credential.access_id"),
            Case(
                sites: ["ServiceBusNamespace NO_ACCESS_KEY"], descriptor: serviceBus,
                settings: "connection.uri: 'sb://h'\n  credential.access_id: policy", code: "NO_ACCESS_KEY",
                key: "credential.access_key"),
            Case(
                sites: ["ServiceBusConnector NO_TOPICS"], descriptor: serviceBus,
                settings: "topic: events\n  connection.uri: 'sb://h'\n  \(policy)", code: "NO_TOPICS", key: "topic",
                value: "events"),
            Case(
                sites: ["ServiceBusConnector BAD_QUEUE_NAME"], descriptor: serviceBus,
                settings: "queue: 'a b'\n  connection.uri: 'sb://h'\n  \(policy)", code: "BAD_QUEUE_NAME", key: "queue",
                value: "a b"),
        ]
        #endif
        #if PIP_GRPC
        cases.append(
            Case(
                sites: ["GRPCTarget BAD_URI"], descriptor: "pip-services:client:commandable-grpc:default:1.0",
                settings: "connection: { uri: 'http://host:1/a?b=c' }", code: "BAD_URI", key: "connection.uri"))
        #endif
        return cases
    }()

    /// The locations that no case of a component reaches, with the reasons.
    static let others: [String: String] = {
        let others = [
            "AzureConnectionParams NO_CONTAINER_AND_TABLE": "the program calls validate(_:): AzureConnectionTests",
            "AzureIdentity BAD_CERTIFICATE": "a file that has changed since it was checked: AzureTokenTests",
            "ServiceBusConnector SESSIONS_REQUIRED": "the broker says so: ServiceBusSessionTests",
            "ServiceBusSessions SESSIONS_NOT_ENABLED": "the broker says so: ServiceBusSessionTests",
            "BalancingHTTPConnector NO_CONNECTION": "its callers resolve at least one address, or fail first",
            "FunctionActions NO_COMMAND": "a mistake of a controller's author: CloudFunctionTests",
            "FunctionActions DUPLICATED_ACTION": "actions of code: CloudFunctionTests",
            "ComponentAssembly KEY_CONFLICT": "a mistake of a component's author: DefaultFactoriesTests",
            "ComponentConfig BAD_CONFIG": "the component has no name: entriesWithoutDescriptor",
            "Composition TYPE_NOT_SUPPORTED": "entriesWithoutDescriptor",
            "Descriptor BAD_DESCRIPTOR": "entriesWithoutDescriptor",
            "ComponentModel HIDDEN_SLOT": "a mistake of a component's author: ComponentModelTests",
            "Composition CANNOT_CREATE": "the error of a factory",
            "ManagedComponent CANNOT_CREATE": "an error of a component that is no ApplicationError",
            "CompositeConnectionResolver NO_PROTOCOL": "all composers of the module have a default protocol",
            "CompositeConnectionResolver MULTIPLE_CONNECTIONS_NOT_SUPPORTED": "memcached takes several connections",
            "ConfigProblem BAD_CONFIG": "a list of several errors",
            "ConfigText NO_PATH": "an argument of the process",
            "HTTPConnectionResolver NO_CONNECTION":
                "all resolvers of the module have a default; else a discovery answers",
            "InProcessHTTPConnector NO_CONNECTOR": "depends on the address of a call",
            "MessageQueueFactory BAD_CONFIG": "the queue is created while the service runs",
            "OpenAPIDocument BAD_OPENAPI": "the document is given in code",
            "ProcessInspection BAD_FORMAT": "an argument of the process",
            "TypeDescriptor BAD_DESCRIPTOR": "the name is given in code",
            "AWSConfigReader NO_SECRET": "the service's answer: CloudWatchTests",
            "AWSConnectionParams NO_AWS_CONNECTION": "the program calls validate(_:): AWSConnectionTests",
            "GRPCClientCore NO_CONNECTION": "the client resolves at least one address, or is not open",
            "LambdaRuntimeClient NO_RUNTIME": "the process does not run in Lambda: LambdaRuntimeTests",
            "SNSTopics CANNOT_ACCESS_TOPIC": "the service's answer",
            "SQSConnector CANNOT_ACCESS_QUEUE": "the service's answer: SQSMessageQueueTests",
            "StorageQueueConnector CANNOT_ACCESS_QUEUE": "the service's answer: StorageMessageQueueTests",
            "SQSConnector NO_DEAD_QUEUE": "depends on whether the service has the queue",
        ]
        #if PIP_GRPC
        return others
        #else
        return others.merging(["GRPCTarget BAD_URI": "this build has no gRPC"]) { $1 }
        #endif
    }()

    // MARK: - Tests

    @Test(
        "A check finds the error that opening throws, with component, key, value and expected form",
        arguments: cases)
    func checkFinds(_ example: Case) async throws {
        try await Program.withFolder { folder in
            try Data("nothing".utf8).write(to: URL(fileURLWithPath: folder + "/bad"))
            try Data(Self.certificate.utf8).write(to: URL(fileURLWithPath: folder + "/good.crt"))
            try Data(Self.certificate.replacingOccurrences(of: "CERTIFICATE", with: "PRIVATE KEY").utf8)
                .write(to: URL(fileURLWithPath: folder + "/good.key"))
            try FileManager.default.createDirectory(atPath: folder + "/.aws", withIntermediateDirectories: false)
            try Data("[default]\nrole_arn = arn:aws:iam::1:role/r\n".utf8)
                .write(to: URL(fileURLWithPath: folder + "/.aws/credentials"))
            let yaml = example.yaml.replacingOccurrences(of: "FOLDER", with: folder)
            let container = Self.container()
            await container.configure(try ContainerConfigReader.readFromYAML(yaml))
            let problems = await container.check().filter { $0.severity == .error }
            let problem = try #require(problems.first { $0.code == example.code }, "\(problems)")
            #expect(problems.count == 1, "\(problems)")
            #expect(problem.component == example.descriptor)
            #expect(problem.key == example.key, "\(problem)")
            #expect(problem.line != nil, "\(problem)")
            #expect(problem.message.contains(example.descriptor), "\(problem)")
            let name = example.key.components(separatedBy: ".").last?.lowercased() ?? ""
            #expect(problem.message.lowercased().contains(name), "\(problem)")
            if let value = example.value?.replacingOccurrences(of: "FOLDER", with: folder) {
                #expect(problem.message.contains(value), "\(problem)")
            }
            let isExplained = ["expected", "did you mean"].contains { problem.message.contains($0) }
            #expect(isExplained || ["READ_FAILED", "WRITE_FAILED", "REF_ERROR"].contains(problem.code), "\(problem)")
            guard !example.isForCheckOnly else { return }
            let error = await #expect(throws: ApplicationError.self) { try await container.open(.empty) }
            #expect(error?.code == example.codeAtOpen ?? example.code, "\(String(describing: error))")
        }
    }

    #if PIP_HTTP && PIP_JWT && PIP_REDIS && PIP_MEMCACHED && PIP_MQTT && PIP_MONGODB && PIP_PROMETHEUS && PIP_AWS && PIP_AZURE && PIP_ACTIVEMQ && PIP_AMQP
    @Test("Every place that raises a configuration error has a case, or a reason why a check can't find it")
    func allSitesHaveCases() throws {
        let known = Set(Self.cases.flatMap(\.sites)).union(Self.others.keys)
        let found = try Self.sites()
        #expect(found.subtracting(known).sorted() == [])
        #expect(known.subtracting(found).sorted() == [])
    }
    #endif

    @Test("An entry without a usable descriptor is reported with its line")
    func entriesWithoutDescriptor() async throws {
        for (yaml, code) in [
            ("- size: 1", "BAD_CONFIG"), ("- descriptor: a:b:c", "BAD_DESCRIPTOR"), ("- type: A", "TYPE_NOT_SUPPORTED"),
        ] {
            let container = Self.container()
            let document = try ConfigText.read("# \n\(yaml)", format: .yaml, file: "c.yml", parameters: [:])
            await container.configure(ContainerConfig(document))
            let problem = try #require(await container.check().first)
            #expect(problem.code == code && problem.line == 2 && problem.severity == .error, "\(problem)")
            #expect(problem.message.lowercased().contains("descriptor"), "\(problem)")
        }
    }

    @Test("The error for a malformed setting contains the key, the value and the expected form")
    func everySettingIsChecked() async throws {
        var count = 0
        for description in Self.container().catalog() where description.absence == nil {
            let descriptor = description.locator.replacingOccurrences(of: "*", with: "default")
            for setting in description.settings where !setting.isSection && !setting.isList && setting.type != "text" {
                let value = "no such value"
                guard !setting.type.contains("text"), !setting.type.contains("bytes") else { continue }
                let container = Self.container()
                await container.configure(
                    try ContainerConfigReader.readFromYAML("- descriptor: \(descriptor)\n  \(setting.key): \(value)"))
                let problem = await container.check().first { $0.code == "BAD_VALUE" && $0.key == setting.key }
                let name: Comment = "\(descriptor): \(setting.key), \(setting.type)"
                #expect(problem != nil, name)
                let message = problem?.message ?? ""
                #expect(message.contains("'\(setting.key)'") && message.contains("expected \(setting.type)"), name)
                #expect(message.contains(setting.isSecret ? "(not shown)" : "'\(value)'"), name)
                count += 1
            }
        }
        #expect(count > 50)
    }

    /// Settings whose 0 is an ordinary number.
    private static let plainNumbers: Set = ["connection.port", "options.db_num", "will.qos", "size"]

    @Test("The value 0 of a numeric setting is documented, or is an error with the allowed range")
    func zeroHasAMeaning() async throws {
        var (accepted, refused) = (0, 0)
        for description in Self.container().catalog() where description.absence == nil {
            let descriptor = description.locator.replacingOccurrences(of: "*", with: "default")
            for setting in description.settings where setting.type.contains(#/^a (whole )?number\b/#) {
                let container = Self.container()
                await container.configure(
                    try ContainerConfigReader.readFromYAML("- descriptor: \(descriptor)\n  \(setting.key): 0"))
                let problem = await container.check().first { $0.code == "BAD_VALUE" && $0.key == setting.key }
                let name: Comment = "\(descriptor): \(setting.key), \(setting.type): \(setting.meaning)"
                if let problem {
                    refused += 1
                    #expect(problem.message.contains("'\(setting.key)' is '0'; expected \(setting.type)"), name)
                    #expect(setting.type.contains(#/at least [1-9]|from [1-9]/#), name)
                    continue
                }
                accepted += 1
                if Self.plainNumbers.contains(setting.key) { continue }
                #expect(setting.type.contains(#/at least 0|from 0/#), name)
                let isUnused = setting.meaning.hasPrefix("Has no effect")
                #expect(isUnused || setting.meaning.contains(#/\b0\b/#), name)
            }
        }
        #expect(accepted > 60 && refused > 15, "\(accepted), \(refused)")
    }

    // MARK: - Components

    final class Required: Component {
        let size = RequiredSetting<Int>("size", "How many")
    }

    final class Needy: Component {
        let other = Dependency<Required>("other", "test:required:*:*:1.0")
    }

    final class Caller: Component, Openable {
        let rest = RestClient()
        func open(_ context: Context) async throws {}
        func close(_ context: Context) async throws {}
    }

    final class Files: Component, Openable {
        struct Item: StringIdentifiable, Codable { var id: String }
        let items = IdentifiableFilePersistence<Item>()
        func open(_ context: Context) async throws {}
        func close(_ context: Context) async throws {}
    }

    #if PIP_MONGODB
    final class Documents: Component {
        let items = MongoDBPersistence<Files.Item>()
    }
    #endif

    #if PIP_AWS
    /// An AWS client with its own environment.
    final class AWSCaller: Component, Openable {
        private let home = Setting("home", default: "/nowhere", "The folder of the shared configuration files")
        private let client: AWSClient
        /// None of them refers to a service.
        static let environments: [(name: String, variables: AnyValueMap)] = [
            ("alone", [:]), ("half", ["AWS_ACCESS_KEY_ID": "AKIDX"]),
            ("foreign", ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.test/x"]),
            (
                "instance",
                ["AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "169.254.169.254"]
            ),
        ]

        init(_ variables: AnyValueMap) {
            client = AWSClient(.logs) { [home] in
                var all: AnyValueMap = ["AWS_EC2_METADATA_DISABLED": "true", "HOME": .string(home())]
                for (name, value) in variables { all[name] = value }
                return AWSEnvironment(all)
            }
        }

        func open(_ context: Context) async throws { try await client.open(context) }
        func close(_ context: Context) async throws { client.close() }
    }
    #endif

    /// A store that may evict keys.
    final class WeakStore: KeyValueConnector, Component {
        private let base = MemoryKeyValueConnector()
        var capabilities: KeyValueCapabilities { [] }
        var ttlResolution: Duration { base.ttlResolution }
        func get(_ context: Context, _ key: String) async throws -> [UInt8]? { base.get(context, key) }
        func set(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws {
            base.set(context, key, value, ttl: ttl)
        }
        func add(_ context: Context, _ key: String, _ value: [UInt8], ttl: Duration?) async throws -> Bool {
            base.add(context, key, value, ttl: ttl)
        }
        func delete(_ context: Context, _ key: String) async throws -> Bool { base.delete(context, key) }
        func compareAndSet(
            _ context: Context, _ key: String, expected: [UInt8], _ value: [UInt8], ttl: Duration?
        ) async throws -> Bool {
            base.compareAndSet(context, key, expected: expected, value, ttl: ttl)
        }
        func compareAndDelete(_ context: Context, _ key: String, expected: [UInt8]) async throws -> Bool {
            base.compareAndDelete(context, key, expected: expected)
        }
        func increment(_ context: Context, _ key: String, by amount: Int64) async throws -> Int64 {
            try base.increment(context, key, by: amount)
        }
    }

    private static func container() -> Container {
        let factory = Factory("test:required:*:*:1.0") { Required() }
        factory.register("test:needy:*:*:1.0") { Needy() }
        factory.register("test:client:rest:*:1.0") { Caller() }
        factory.register("pip-services:test:files:*:1.0") { Files() }
        factory.register("test:lock:weak:*:1.0") { KeyValueLock(WeakStore()) }
        #if PIP_MONGODB
        factory.register("test:persistence:mongodb:*:1.0") { Documents() }
        #endif
        #if PIP_AWS
        for (name, variables) in AWSCaller.environments {
            let locator = Locator.descriptor(Descriptor("test", "aws", name, nil, "1.0"))
            factory.register(locator) { AWSCaller(variables) }
        }
        #endif
        return Container("test", factories: [factory])
    }

    // MARK: - Sources

    /// Returns the source locations that raise a configuration error, as file and code.
    private static func sites() throws -> Set<String> {
        var sites: Set<String> = []
        let code = /"([A-Z][A-Z_]{3,})"/
        let missing = /missing\("([a-z]+)"\)/
        let call = /\.?\w+\(/
        for file in try SourceTree.module() {
            let name = URL(fileURLWithPath: file.path).deletingPathExtension().lastPathComponent
            for match in file.text.matches(of: code) {
                let before = file.text[..<match.range.lowerBound].suffix(120)
                // The name of an environment variable is not a code.
                guard let last = before.matches(of: call).last, !before.hasSuffix("key: ") else { continue }
                let raises = [".config(", "ConfigProblem(", "problem(", ".wrongProtocol(", "file("].contains(
                    String(last.0))
                if raises, !before[last.range.lowerBound...].contains(".warning") { sites.insert("\(name) \(match.1)") }
            }
            for match in file.text.matches(of: missing) { sites.insert("\(name) NO_\(match.1.uppercased())") }
        }
        return sites
    }

    /// Only the format matters, not the issuer.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MAMCAQE=
        -----END CERTIFICATE-----
        """
}
