/* The baseline of the rows of `client`: libcurl's multi interface with nothing around it.
 *
 *     curl_loop URL BODY IN_FLIGHT SECONDS [FIELD ...]
 *
 * Posts BODY with the header FIELDs over and over, IN_FLIGHT at once, and prints
 * "RESULT calls-per-second cpu-microseconds-per-call". */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static double cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

struct answer { size_t size; char bytes[65536]; };

static size_t keep(char *bytes, size_t size, size_t count, void *target) {
    struct answer *answer = target;
    size_t length = size * count;
    if (answer->size + length > sizeof answer->bytes) return 0;
    memcpy(answer->bytes + answer->size, bytes, length);
    answer->size += length;
    return length;
}

int main(int count, char **arguments) {
    if (count < 5) return 2;
    int in_flight = atoi(arguments[3]), running;
    double seconds = atof(arguments[4]);
    curl_global_init(CURL_GLOBAL_ALL);
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = NULL;
    for (int i = 5; i < count; i++) headers = curl_slist_append(headers, arguments[i]);
    for (int i = 0; i < in_flight; i++) {
        CURL *easy = curl_easy_init();
        struct answer *answer = calloc(1, sizeof *answer);
        curl_easy_setopt(easy, CURLOPT_URL, arguments[1]);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, arguments[2]);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, answer);
        curl_multi_add_handle(multi, easy);
    }
    double begin = now(), used = cpu(), end = begin + seconds;
    long done = 0;
    while (now() < end) {
        curl_multi_perform(multi, &running);
        CURLMsg *message;
        int left;
        while ((message = curl_multi_info_read(multi, &left))) {
            CURL *easy = message->easy_handle;
            struct answer *answer;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            if (message->data.result != CURLE_OK || status != 200) {
                fprintf(stderr, "%s, status %ld\n", curl_easy_strerror(message->data.result), status);
                return 1;
            }
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &answer);
            answer->size = 0;
            done++;
            curl_multi_remove_handle(multi, easy);
            curl_multi_add_handle(multi, easy);
        }
        curl_multi_perform(multi, &running);
        curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
    double time = now() - begin;
    printf("RESULT %f %f\n", done / time, (cpu() - used) / done * 1e6);
    return 0;
}
