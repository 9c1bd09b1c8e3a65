/*
 * What the way of a body costs: sends bodies to a server that runs already
 * and looks at the CPU time of its process alone, from the first byte to the
 * last point evaluated. Beside it, in the same round and over the same bytes,
 * `zstd -1`, and each step alone. bench.py starts the server and prints.
 *
 *     ingest_bench alarms SERIES EACH        definitions for the server
 *     ingest_bench commit FOLDER SECONDS     group commit alone
 *     ingest_bench feed PID FEED ADMIN FORMAT SERIES ALARMS-EACH ROUNDS
 *                  BODIES START-MS SPEED
 *     ingest_bench fill PID FEED ADMIN FORMAT SERIES MINUTES START-MS
 *     ingest_bench small PID FEED ADMIN CONNECTIONS BODIES START-MS
 *
 * One JSON object a line: of a round, or of the whole.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest_bench.h"

#define CONNECTIONS 4
#define SMALL_POINTS 10 /* about 5 KB of body */
#define MINUTE_MS 60000

struct bench {
	struct server server;
	enum format format;
	struct points points;
	struct bodies bodies;
	int64_t start_ms, speed;
	double began;
	uint64_t sent; /* points */
};

static double
clock_ns(clockid_t clock)
{
	struct timespec at;

	if (clock_gettime(clock, &at) != 0)
		log_die("the server is gone");
	return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static double
server_ns(const struct server *server)
{
	clockid_t clock;

	if (clock_getcpuclockid(server->pid, &clock) != 0)
		log_die("no clock of process %d", server->pid);
	return clock_ns(clock);
}

static void
bench_open(struct bench *bench, char **args, size_t series)
{
	struct figures *pool = calloc(FIGURES_POOL, sizeof(*pool));

	bench->server = (struct server){.pid = atoi(args[0]),
	    .feed = (unsigned)atoi(args[1]),
	    .admin = (unsigned)atoi(args[2])};
	if (pool == NULL)
		log_die("out of memory: bench");
	figures_make(pool, FIGURES_POOL);
	points_init(&bench->points, series, pool, FIGURES_POOL);
	bench->bodies.source = &bench->points;
	snprintf(bench->bodies.prefix, sizeof(bench->bodies.prefix), "b%d",
	    (int)getpid());
	bench->began = clock_ns(CLOCK_MONOTONIC);
	bench->sent =
	    client_counter(&bench->server, "tocsin_points_decoded_total");
}

static enum format
bench_format(const char *name)
{
	return strcmp(name, "json") == 0 ? FORMAT_JSON : FORMAT_OTLP;
}

/* The next minutes are those that come, or, where the server's clock has gone
 * past them, those that are. */
static void
bench_keep_up(struct bench *bench)
{
	double past = clock_ns(CLOCK_MONOTONIC) - bench->began;
	int64_t now_ms = bench->start_ms + (int64_t)(past / 1e6) * bench->speed;

	if (bench->points.minute_ms < now_ms)
		bench->points.minute_ms = now_ms / MINUTE_MS * MINUTE_MS;
}

static void
bench_make(struct bench *bench, size_t count)
{
	bench_keep_up(bench);
	bodies_make(&bench->bodies, bench->format, count, BODY_RECORDS,
	    BODY_RECORD_POINTS);
	bench->sent += bench->bodies.points;
}

/* CPU of each kind of thread, ns; "name":ns pairs. */
struct threads {
	char name[16][16];
	double ns[16];
	size_t count;
};

static void
threads_add(struct threads *threads, const char *name, double ns)
{
	size_t i = 0;

	while (i < threads->count && strcmp(threads->name[i], name) != 0)
		i++;
	if (i == 16)
		return;
	if (i == threads->count) {
		snprintf(threads->name[i], 16, "%s", name);
		threads->ns[threads->count++] = 0;
	}
	threads->ns[i] += ns;
}

static void
threads_look(struct threads *threads, pid_t pid, double sign)
{
	char path[64], name[16] = "?";
	struct dirent *one;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (dir == NULL)
		log_die("%s", path);
	while ((one = readdir(dir)) != NULL) {
		double ns = 0;
		FILE *file;

		if (one->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/comm", pid,
		    one->d_name);
		if ((file = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(file, "%15s", name) != 1)
			name[0] = '?';
		fclose(file);
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat",
		    pid, one->d_name);
		if ((file = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(file, "%lf", &ns) == 1)
			threads_add(threads, name, sign * ns);
		fclose(file);
	}
	closedir(dir);
}

static void
threads_print(const struct threads *threads, double points)
{
	printf(",\"threads\":{");
	for (size_t i = 0; i < threads->count; i++)
		printf("%s\"%s\":%.1f", i > 0 ? "," : "", threads->name[i],
		    threads->ns[i] / points);
	printf("}");
}

static void
bench_round(struct bench *bench, struct stages *stages, size_t count)
{
	double spent[STAGES], cpu, wall, points;
	struct threads threads = {0};

	bench_make(bench, count);
	points = (double)bench->bodies.points;
	stages_run(stages, &bench->bodies, spent);
	threads_look(&threads, bench->server.pid, -1);
	cpu = server_ns(&bench->server);
	wall = clock_ns(CLOCK_MONOTONIC);
	client_send(&bench->server, &bench->bodies, CONNECTIONS);
	client_wait_points(&bench->server, bench->sent);
	cpu = server_ns(&bench->server) - cpu;
	wall = clock_ns(CLOCK_MONOTONIC) - wall;
	threads_look(&threads, bench->server.pid, 1);
	printf("{\"cpu\":%.1f,\"wall\":%.1f,\"bytes\":%.1f", cpu / points,
	    wall / points, bench->bodies.bytes / points);
	threads_print(&threads, points);
	printf(",\"stages\":{");
	for (size_t s = 0; s < STAGES; s++)
		printf("%s\"%s\":%.1f", s > 0 ? "," : "", stage_names[s],
		    spent[s]);
	printf("}}\n");
	fflush(stdout);
}

static void
bench_feed(char **args)
{
	size_t series = strtoul(args[4], NULL, 10);
	unsigned each = (unsigned)atoi(args[5]);
	struct stages *stages = stages_create(series, each);
	struct bench bench = {.format = bench_format(args[3]),
	    .start_ms = atoll(args[8]),
	    .speed = atoll(args[9])};

	bench_open(&bench, args, series);
	/* Two minutes: series are new, then alarms have something to say. */
	for (int i = 0; i < 2; i++) {
		bench_make(
		    &bench, series / (BODY_RECORDS * BODY_RECORD_POINTS));
		stages_run(stages, &bench.bodies, NULL);
		client_send(&bench.server, &bench.bodies, CONNECTIONS);
		client_wait_points(&bench.server, bench.sent);
	}
	for (size_t r = strtoul(args[6], NULL, 10); r > 0; r--)
		bench_round(&bench, stages, strtoul(args[7], NULL, 10));
	stages_free(stages);
	bodies_fini(&bench.bodies);
	points_fini(&bench.points);
}

static void
bench_fill(char **args)
{
	size_t series = strtoul(args[4], NULL, 10);
	size_t left = series * strtoul(args[5], NULL, 10) /
	    (BODY_RECORDS * BODY_RECORD_POINTS);
	struct bench bench = {
	    .format = bench_format(args[3]), .start_ms = atoll(args[6])};

	bench_open(&bench, args, series);
	while (left > 0) {
		size_t some = left < 25 ? left : 25;

		bench_make(&bench, some);
		client_send(&bench.server, &bench.bodies, CONNECTIONS);
		client_wait_points(&bench.server, bench.sent);
		left -= some;
	}
	printf("{\"points\":%llu}\n", (unsigned long long)bench.sent);
	bodies_fini(&bench.bodies);
	points_fini(&bench.points);
}

/* Many small requests: what is counted is how many are answered a second. */
static void
bench_small(char **args)
{
	struct bench bench = {.start_ms = atoll(args[5])};
	size_t count = strtoul(args[4], NULL, 10);
	double wall, cpu;

	bench_open(&bench, args, 2000);
	bench_keep_up(&bench);
	bodies_make(&bench.bodies, FORMAT_JSON, count, 1, SMALL_POINTS);
	bench.sent += bench.bodies.points;
	cpu = server_ns(&bench.server);
	wall = clock_ns(CLOCK_MONOTONIC);
	client_send(&bench.server, &bench.bodies, strtoul(args[3], NULL, 10));
	wall = clock_ns(CLOCK_MONOTONIC) - wall;
	client_wait_points(&bench.server, bench.sent);
	cpu = server_ns(&bench.server) - cpu;
	printf("{\"requests_a_second\":%.0f,\"cpu_us\":%.1f,\"bytes\":%.0f}\n",
	    (double)count / wall * 1e9, cpu / 1e3 / (double)count,
	    (double)bench.bodies.at[0].request.len);
	bodies_fini(&bench.bodies);
	points_fini(&bench.points);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	log_setup(LOG_WARN, false);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(what, "alarms") == 0 && argc == 4)
		alarms_print(
		    strtoul(argv[2], NULL, 10), (unsigned)atoi(argv[3]));
	else if (strcmp(what, "commit") == 0 && argc == 4)
		commit_bench(argv[2], atof(argv[3]));
	else if (strcmp(what, "feed") == 0 && argc == 12)
		bench_feed(argv + 2);
	else if (strcmp(what, "fill") == 0 && argc == 9)
		bench_fill(argv + 2);
	else if (strcmp(what, "small") == 0 && argc == 8)
		bench_small(argv + 2);
	else
		log_die("see the top of ingest_bench.c");
	return 0;
}
