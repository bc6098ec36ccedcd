#ifndef PIP_COPENSSL_SHIM_H
#define PIP_COPENSSL_SHIM_H
#if !__has_include(<openssl/ssl.h>)
#error "A driver with TLS is on, but <openssl/ssl.h> is not installed: apt-get install libssl-dev"
#endif
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

/* What OpenSSL declares by macros with arguments, which Swift does not import. */
static inline int pip_tls_require_1_2(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline long pip_tls_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

/* Without it, OpenSSL asks for the passphrase of an encrypted key on the terminal. */
static inline int pip_tls_no_passphrase(char *buffer, int size, int writes, void *data) { return -1; }
static inline void pip_tls_never_ask(SSL_CTX *context) {
    SSL_CTX_set_default_passwd_cb(context, pip_tls_no_passphrase);
}
#endif
