/* Memory a series, by what the kernel says of a process of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "decoder_bench.h"

#define STEP_POINTS 10000

static double
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long long size, resident;

	if (file == NULL || fscanf(file, "%llu %llu", &size, &resident) != 2)
		log_die("/proc/self/statm cannot be read");
	fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* Every series once, and once more when there are alarms: their evidence. */
static void
memory_feed(const struct reader *reader, void *self, size_t series,
    const struct figures *pool)
{
	struct chunks chunks = {0};
	bool json = reader->format == FORMAT_JSON;
	size_t count = reader->alarms > 0 ? 2 * series : series;
	struct points points;

	points_init(&points, series, pool, FIGURES_POOL);
	for (size_t done = 0; done < count; done += STEP_POINTS) {
		points_next(&points, STEP_POINTS, json ? &chunks : NULL,
		    json ? NULL : &chunks);
		for (size_t i = 0; i < chunks.count; i++) {
			struct input in = {
			    chunk_plain(&chunks, i), chunks.at[i].newest_ms};
			struct tally tally = {0};

			reader->read(self, &in, &tally);
			if (tally.points != chunks.at[i].tally.points)
				log_die("points were lost");
		}
	}
	chunks_fini(&chunks);
	points_fini(&points);
}

/* Once around before the first look, so that what does not grow with the
 * series is not counted. */
static void
memory_measure(
    const struct reader *reader, size_t series, const struct figures *pool)
{
	void *self = reader->open(reader, STEP_POINTS);
	double before;

	memory_feed(reader, self, STEP_POINTS, pool);
	reader->close(self);
	before = resident_bytes();
	self = reader->open(reader, series);
	memory_feed(reader, self, series, pool);
	printf("memory: %4.0f bytes a series at %zu series, %s, %s\n",
	    (resident_bytes() - before) / (double)series, series,
	    reader->format == FORMAT_JSON ? "JSON" : "OpenTelemetry 1.0",
	    reader->alarms == 0 ? "nothing reads them"
				: "an alarm on 1 of 20 of them");
	fflush(stdout);
	reader->close(self);
}

void
memory_print(size_t series, const struct figures *pool)
{
	for (size_t i = 0; i < readers_count; i++) {
		int status;
		pid_t child;

		if (readers[i].kind != KIND_COUNTS)
			continue;
		child = fork();
		if (child < 0)
			log_die("fork failed");
		if (child == 0) {
			memory_measure(&readers[i], series, pool);
			_exit(0);
		}
		if (waitpid(child, &status, 0) != child || status != 0)
			log_die("memory was not measured");
	}
}
