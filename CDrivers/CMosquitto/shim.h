#ifndef PIP_CMOSQUITTO_SHIM_H
#define PIP_CMOSQUITTO_SHIM_H
#if !__has_include(<mosquitto.h>)
#error "PIP_MQTT is on, but <mosquitto.h> is not installed: apt-get install libmosquitto-dev"
#endif
#include <mosquitto.h>
#endif
