#include "journal/meter.h"

#include <sys/statvfs.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/journal.h"

#define METER_SECOND_NS 1000000000LL
#define METER_HALF_NS (30 * METER_SECOND_NS)

int64_t
meter_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * METER_SECOND_NS + now.tv_nsec;
}

void
meter_init(struct meter *meter, uint64_t limit_bytes)
{
	*meter = (struct meter){
	    .disk_bytes = UINT64_MAX, .reserve_bytes = limit_bytes / 20};
	if (meter->reserve_bytes > LIMIT_DISK_RESERVE)
		meter->reserve_bytes = LIMIT_DISK_RESERVE;
}

/* Rounded up: a commit that took less than a millisecond took some time. */
static int64_t
meter_ms(int64_t ns)
{
	return (ns + 999999) / 1000000;
}

void
meter_commit(struct meter *meter, int64_t began_ns, int64_t ended_ns)
{
	int64_t took_ns = ended_ns - began_ns, slowest_ns;
	int64_t halves = (ended_ns - meter->half_began_ns) / METER_HALF_NS;

	if (halves > 0) {
		meter->slowest_ns[1] = halves == 1 ? meter->slowest_ns[0] : 0;
		meter->slowest_ns[0] = 0;
		meter->half_began_ns += halves * METER_HALF_NS;
	}
	meter->commits_ns += took_ns;
	if (took_ns > meter->slowest_ns[0])
		meter->slowest_ns[0] = took_ns;
	slowest_ns = meter->slowest_ns[0] > meter->slowest_ns[1]
	    ? meter->slowest_ns[0]
	    : meter->slowest_ns[1];
	counter_set(
	    &journal_stats[JOURNAL_COMMIT_TIME], meter->commits_ns / 1000000);
	counter_set(
	    &journal_stats[JOURNAL_COMMIT_SLOWEST], meter_ms(slowest_ns));
}

void
meter_look(struct meter *meter, int folder_fd, int64_t now_ns)
{
	struct statvfs st;

	if (meter->looked && now_ns - meter->looked_ns < METER_SECOND_NS)
		return;
	meter->looked = true;
	meter->looked_ns = now_ns;
	/* Of a file system that does not say, nothing is held back. */
	meter->disk_bytes = fstatvfs(folder_fd, &st) == 0
	    ? (uint64_t)st.f_bavail * st.f_frsize
	    : UINT64_MAX;
}

void
meter_wrote(struct meter *meter, uint64_t bytes)
{
	if (meter->disk_bytes != UINT64_MAX)
		meter->disk_bytes -=
		    bytes < meter->disk_bytes ? bytes : meter->disk_bytes;
}

bool
meter_admits(const struct meter *meter, uint64_t bytes)
{
	return meter->disk_bytes > meter->reserve_bytes &&
	    bytes < meter->disk_bytes - meter->reserve_bytes;
}

static void
meter_say(struct meter *meter, uint64_t limit_bytes, uint64_t left)
{
	if (!meter->low && left < limit_bytes / 20) {
		meter->low = true;
		log_warn("journal_low",
		    "free=%llu limit=%llu; at nothing new data is answered "
		    "503",
		    (unsigned long long)left, (unsigned long long)limit_bytes);
	} else if (meter->low && left >= limit_bytes / 10) {
		meter->low = false;
		log_info("journal_room", "free=%llu limit=%llu",
		    (unsigned long long)left, (unsigned long long)limit_bytes);
	}
}

void
meter_room(struct meter *meter, uint64_t limit_bytes, uint64_t size_bytes)
{
	uint64_t left = limit_bytes > size_bytes ? limit_bytes - size_bytes : 0;
	uint64_t disk = meter->disk_bytes > meter->reserve_bytes
	    ? meter->disk_bytes - meter->reserve_bytes
	    : 0;

	if (disk < left)
		left = disk;
	counter_set(&journal_stats[JOURNAL_FREE], (int64_t)left);
	meter_say(meter, limit_bytes, left);
}
