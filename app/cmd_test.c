/* test: alarm unit tests, as a stream of TAP. */
#include "app/alarm_test.h"
#include "app/command.h"
#include "base/text.h"

static const struct args_option test_options[] = {{0}};

struct test_command {
	struct arena arena;
	struct faults faults;
	struct alarm_test_file **files;
	size_t nfiles, ntests;
	size_t number, failed;
};

/* A description is one line; '#' would begin a directive of TAP. */
static void
test_describe(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '#' || text.at[i] == '\\')
			buf_byte(out, '\\');
		buf_byte(
		    out, (unsigned char)text.at[i] < ' ' ? ' ' : text.at[i]);
	}
}

static void
test_one(struct test_command *self, const struct alarm_test_file *file,
    const struct alarm_test *test)
{
	struct buf why = {0}, line = {0};
	bool good = alarm_test_run(file, test, &why);

	self->number++;
	self->failed += !good;
	buf_printf(&line, "%s %zu - ", good ? "ok" : "not ok", self->number);
	test_describe(&line, span_text(file->path));
	buf_text(&line, ": ");
	test_describe(&line, test->name);
	fprintf(stdout, "%s\n", buf_cstr(&line));
	fputs(buf_cstr(&why), stdout);
	fflush(stdout);
	buf_fini(&line);
	buf_fini(&why);
}

/* What is wrong with definitions is said though no test is about them. */
static void
test_say_faults(const struct alarm_test_file *file)
{
	if (file->alarms.count == 0)
		return;
	fprintf(stderr, "%s: these alarms do not run:\n", file->path);
	faults_print(&file->alarms, stderr);
}

static int
test_all(struct test_command *self)
{
	printf("TAP version 13\n1..%zu\n", self->ntests);
	for (size_t i = 0; i < self->nfiles; i++) {
		const struct alarm_test_file *file = self->files[i];

		test_say_faults(file);
		for (size_t j = 0; j < file->ntests; j++)
			test_one(self, file, &file->tests[j]);
	}
	fprintf(stderr, "%zu tests, %zu failed\n", self->number, self->failed);
	return command_flush(self->failed == 0 ? STATUS_GOOD : STATUS_BAD);
}

static int
test_files(struct test_command *self, struct args *args)
{
	int what;

	self->files = arena_alloc(&self->arena,
	    ((size_t)args->argc + 1) * sizeof(struct alarm_test_file *));
	while ((what = args_next(args)) == ARGS_PATH) {
		struct alarm_test_file *file =
		    alarm_test_file_read(args->value, &self->faults);

		self->files[self->nfiles++] = file;
		self->ntests += file->ntests;
	}
	if (what == ARGS_END && self->nfiles == 0)
		what = args_fault(args, "needs a FILE");
	if (what != ARGS_END)
		return command_stop(&command_test, what);
	if (self->faults.count == 0)
		return test_all(self);
	faults_print(&self->faults, stderr);
	return STATUS_USAGE;
}

static int
test_run(struct args *args)
{
	struct test_command self = {0};
	int status;

	arena_init(&self.arena);
	faults_init(&self.faults);
	status = test_files(&self, args);
	for (size_t i = 0; i < self.nfiles; i++)
		alarm_test_file_free(&self.files[i]);
	faults_fini(&self.faults);
	arena_fini(&self.arena);
	return status;
}

const struct command command_test = {.name = "test",
    .usage = "FILE…",
    .summary = "unit tests of alarms: values in, states out",
    .help =
	"Reads files that say what comes and which state each alarm must then "
	"be in, and\nprints one TAP stream. A test that fails shows expected "
	"and actual side by side,\nwith the points that decided.\n\n"
	"    alarms: [alarms.json]\n"
	"    tests:\n"
	"      - name: lag grows for two minutes\n"
	"        series:\n"
	"          - {metric: AWS/RDS AuroraGlobalDBReplicationLag,\n"
	"             dimensions: {DBClusterIdentifier: dr},\n"
	"             values: '120x5 1500 2500 _ _ 90x10'}\n"
	"        expect:\n"
	"          - {at: 7m, alarm: replication-lag, state: ALARM}\n"
	"        quiet: [primary-unhealthy]\n\n"
	"docs/testing-alarms.md has every key. Exit status 1 when a test "
	"fails, 2 when a\nfile cannot be read.\n",
    .options = test_options,
    .run = test_run};
