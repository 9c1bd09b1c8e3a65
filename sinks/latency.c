#include "sinks/latency.h"

#include <pthread.h>
#include <time.h>

#include "base/counter.h"

#define LATENCY_MINUTE_NS 60000000000LL

/* Upper bounds, in microseconds, as they are printed. */
static const struct {
	int64_t us;
	const char *label;
} latency_bounds[] = {{1000, "0.001"}, {2000, "0.002"}, {3000, "0.003"},
    {5000, "0.005"}, {7500, "0.0075"}, {10000, "0.01"}, {15000, "0.015"},
    {20000, "0.02"}, {25000, "0.025"}, {50000, "0.05"}, {100000, "0.1"},
    {250000, "0.25"}, {1000000, "1.0"}, {5000000, "5.0"}, {30000000, "30.0"}};

#define LATENCY_BOUNDS (sizeof(latency_bounds) / sizeof(*latency_bounds))

static pthread_mutex_t latency_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t latency_counts[LATENCY_BOUNDS + 1];
static int64_t latency_sum_ns;
/* Of this minute and of the one before it. */
static int64_t latency_minute, latency_slowest_ns[2];

int64_t
latency_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Under the mutex. */
static void
latency_turn(int64_t now_ns)
{
	int64_t minute = now_ns / LATENCY_MINUTE_NS;

	if (minute == latency_minute)
		return;
	latency_slowest_ns[1] =
	    minute == latency_minute + 1 ? latency_slowest_ns[0] : 0;
	latency_slowest_ns[0] = 0;
	latency_minute = minute;
}

void
latency_sent(struct notification *notification)
{
	int64_t now_ns = latency_now_ns(), took_ns;
	size_t i = 0;

	if (notification->received_ns == 0)
		return;
	took_ns = now_ns - notification->received_ns;
	notification->received_ns = 0;
	while (i < LATENCY_BOUNDS && took_ns > latency_bounds[i].us * 1000)
		i++;
	pthread_mutex_lock(&latency_mutex);
	latency_turn(now_ns);
	latency_counts[i]++;
	latency_sum_ns += took_ns;
	if (took_ns > latency_slowest_ns[0])
		latency_slowest_ns[0] = took_ns;
	pthread_mutex_unlock(&latency_mutex);
}

static const char *const latency_head =
    "# TYPE tocsin_notification_latency_seconds histogram\n"
    "# UNIT tocsin_notification_latency_seconds seconds\n"
    "# HELP tocsin_notification_latency_seconds From the last byte of the "
    "request that fired an alarm to the first attempt to notify.\n";

static const char *const latency_slowest_head =
    "# TYPE tocsin_notification_latency_slowest_seconds gauge\n"
    "# UNIT tocsin_notification_latency_slowest_seconds seconds\n"
    "# HELP tocsin_notification_latency_slowest_seconds The slowest of the "
    "last minute and the one before it.\n";

void
latency_print(struct buf *out)
{
	uint64_t count = 0;
	int64_t slowest_ns;

	pthread_mutex_lock(&latency_mutex);
	latency_turn(latency_now_ns());
	buf_text(out, latency_head);
	for (size_t i = 0; i <= LATENCY_BOUNDS; i++) {
		count += latency_counts[i];
		buf_printf(out,
		    "tocsin_notification_latency_seconds_bucket{le=\"%s\"} "
		    "%llu\n",
		    i < LATENCY_BOUNDS ? latency_bounds[i].label : "+Inf",
		    (unsigned long long)count);
	}
	buf_printf(out,
	    "tocsin_notification_latency_seconds_count %llu\n"
	    "tocsin_notification_latency_seconds_sum %.6f\n",
	    (unsigned long long)count, (double)latency_sum_ns / 1e9);
	slowest_ns =
	    latency_slowest_ns[latency_slowest_ns[1] > latency_slowest_ns[0]];
	buf_printf(out, "%stocsin_notification_latency_slowest_seconds %.6f\n",
	    latency_slowest_head, (double)slowest_ns / 1e9);
	pthread_mutex_unlock(&latency_mutex);
}
