#ifndef PIP_CPROTON_SHIM_H
#define PIP_CPROTON_SHIM_H
#if !__has_include(<proton/connection_driver.h>)
#error "PIP_AMQP is on, but <proton/connection_driver.h> is not installed: apt-get install libqpid-proton11-dev"
#endif
#include <proton/codec.h>
#include <proton/condition.h>
#include <proton/connection.h>
#include <proton/connection_driver.h>
#include <proton/delivery.h>
#include <proton/disposition.h>
#include <proton/event.h>
#include <proton/link.h>
#include <proton/sasl.h>
#include <proton/session.h>
#include <proton/ssl.h>
#include <proton/terminus.h>
#include <proton/transport.h>
#include <proton/version.h>
#endif
