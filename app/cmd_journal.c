/* journal: looks into segments. */
#include "app/command.h"
#include "app/inputs.h"
#include "app/journal_report.h"
#include "base/buf.h"
#include "base/file.h"
#include "journal/reader.h"

enum { JOURNAL_LINES = ARGS_PATH + 1, JOURNAL_TO };

static const struct args_option journal_command_options[] = {
    {"lines", NULL, "cat: the records' own bytes instead", JOURNAL_LINES},
    {"to", "NEW", "repair: the folder to make", JOURNAL_TO}, {0}};

struct journal_look {
	const struct journal_verb *verb;
	const char *to;
	bool lines;
	bool damaged;
	struct buf out;
	uint64_t last_seq;	 /* of the file before */
	const char *folder_last; /* the last segment of the folder at hand */
};

/* What one segment was found to hold. */
struct journal_found {
	const char *path;
	uint64_t bytes, entries, first_seq, last_seq;
	int64_t first_ms, last_ms;
	struct buf damage; /* JSON objects, with commas between them */
};

struct journal_verb {
	const char *name;
	void (*entry)(struct journal_look *, const struct entry *);
	void (*file)(struct journal_look *, const struct journal_found *);
	bool checkpoints; /* looks at them too */
	bool repairs;
};

static void
journal_put(struct journal_look *look)
{
	fputs(buf_cstr(&look->out), stdout);
	buf_clear(&look->out);
}

static void
journal_cat_entry(struct journal_look *look, const struct entry *entry)
{
	static const char *const kinds[] = {
	    "", "batch", "tick", "config", "points"};
	struct buf *out = &look->out;
	size_t bytes = entry->config.len;

	for (size_t i = 0; i < entry->nrecords; i++) {
		bytes += entry->records[i].len;
		if (look->lines)
			fwrite(entry->records[i].at, 1, entry->records[i].len,
			    stdout);
	}
	if (look->lines)
		return;
	buf_printf(out, "{\"seq\":%llu", (unsigned long long)entry->seq);
	journal_report_time(out, "time", entry->arrival_ms);
	buf_printf(out, ",\"kind\":\"%s\",\"source\":", kinds[entry->kind]);
	buf_json(out, entry->source);
	buf_text(out, ",\"request_id\":");
	buf_json(out, entry->request_id);
	buf_printf(
	    out, ",\"records\":%zu,\"bytes\":%zu}\n", entry->nrecords, bytes);
	journal_put(look);
}

static void
journal_put_found(struct buf *out, const struct journal_found *found)
{
	buf_text(out, "{\"file\":");
	buf_json_text(out, found->path);
	buf_printf(out, ",\"first\":%llu,\"last\":%llu",
	    (unsigned long long)found->first_seq,
	    (unsigned long long)found->last_seq);
	if (found->entries > 0) {
		journal_report_time(out, "from", found->first_ms);
		journal_report_time(out, "to", found->last_ms);
	}
	buf_printf(out, ",\"entries\":%llu,\"bytes\":%llu",
	    (unsigned long long)found->entries,
	    (unsigned long long)found->bytes);
}

static void
journal_ls_file(struct journal_look *look, const struct journal_found *found)
{
	bool last = look->folder_last != NULL &&
	    strcmp(look->folder_last, found->path) == 0;

	journal_put_found(&look->out, found);
	buf_printf(&look->out, ",\"sealed\":%s}\n", last ? "false" : "true");
	journal_put(look);
}

static void
journal_verify_file(
    struct journal_look *look, const struct journal_found *found)
{
	journal_put_found(&look->out, found);
	buf_text(&look->out, ",\"damage\":[");
	buf_span_put(&look->out, buf_span(&found->damage));
	buf_text(&look->out, "]}\n");
	journal_put(look);
}

static const struct journal_verb journal_verbs[] = {
    {"ls", NULL, journal_ls_file, false, false},
    {"cat", journal_cat_entry, NULL, false, false},
    {"verify", NULL, journal_verify_file, true, false},
    {"repair", NULL, NULL, false, true}, {0}};

static void
journal_damage(struct journal_look *look, struct journal_found *found,
    uint64_t offset, bool torn, const char *reason)
{
	look->damaged = true;
	journal_report_damage(
	    &found->damage, found->path, offset, torn, reason);
}

static void
journal_count(struct journal_look *look, struct journal_found *found,
    const struct entry *entry)
{
	if (found->entries++ == 0) {
		found->first_seq = entry->seq;
		found->first_ms = entry->arrival_ms;
		if (look->last_seq > 0 && entry->seq > look->last_seq + 1)
			journal_damage(look, found, 0, false,
			    "entries are missing before this file");
	}
	found->last_seq = look->last_seq = entry->seq;
	found->last_ms = entry->arrival_ms;
	if (look->verb->entry != NULL)
		look->verb->entry(look, entry);
}

static enum rc
journal_read(
    struct journal_look *look, struct journal_found *found, struct err *err)
{
	struct reader *reader;
	struct entry entry;
	enum rc rc = reader_open(&reader, found->path, 0, err);

	if (rc != RC_OK)
		return rc;
	while ((rc = reader_next(reader, &entry, err)) == RC_OK ||
	    rc == RC_REJECT) {
		const struct reader_damage *damage = reader_damage(reader);

		if (rc == RC_OK)
			journal_count(look, found, &entry);
		else
			journal_damage(look, found, damage->offset,
			    damage->torn, damage->reason);
	}
	reader_close(&reader);
	return rc == RC_AGAIN ? RC_OK : rc;
}

static enum rc
journal_file(
    struct journal_look *look, const struct input *input, struct err *err)
{
	struct journal_found found = {
	    .path = input->path, .bytes = input->bytes};
	enum rc rc = journal_read(look, &found, err);

	if (rc == RC_OK && look->verb->file != NULL)
		look->verb->file(look, &found);
	buf_fini(&found.damage);
	return rc;
}

static bool
journal_is_segment_name(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, ".zst") == 0;
}

/* The last segment in the file's folder: the one that is not closed. */
static const char *
journal_folder_last(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *last = NULL;
	const char **names;
	struct err err;
	char *folder = slash == NULL
	    ? arena_text(arena, SPAN_OF("."))
	    : arena_text(arena, span_make(path, (size_t)(slash - path) + 1));

	if (slash != NULL && slash != path)
		folder[slash - path] = '\0';
	if (file_list(arena, folder, &names, &err) != RC_OK)
		return NULL;
	for (; *names != NULL; names++)
		if (journal_is_segment_name(*names))
			last = *names;
	return last == NULL || slash != NULL ? last : last + 2;
}

static bool
journal_same_folder(const char *a, const char *b)
{
	const char *slash = strrchr(b, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - b) + 1;

	return a != NULL && strncmp(a, b, len) == 0 &&
	    strchr(a + len, '/') == NULL;
}

/* One DIR or FILE. */
static enum rc
journal_path(struct journal_look *look, const char *path, struct err *err)
{
	struct inputs inputs;
	const char *before = NULL;
	enum rc rc;

	if (strncmp(path, "s3://", 5) == 0)
		return err_set(err, RC_FATAL,
		    "%s: this looks into files only; copy the objects to a "
		    "folder",
		    path);
	inputs_init(&inputs);
	rc = inputs_add(&inputs, path, err);
	for (size_t i = 0; i < inputs.count && rc == RC_OK; i++) {
		const struct input *input = &inputs.at[i];

		if (strcmp(input->path, path) != 0 &&
		    !journal_is_segment_name(input->path))
			continue;
		if (!journal_same_folder(before, input->path))
			look->folder_last =
			    journal_folder_last(&inputs.arena, input->path);
		before = input->path;
		rc = journal_file(look, input, err);
	}
	inputs_fini(&inputs);
	if (rc == RC_OK && look->verb->checkpoints)
		rc = journal_report_checkpoints(path, &look->damaged, err);
	return rc;
}

static int
journal_verb(struct journal_look *look, const struct args *args)
{
	const char *names[8], *near;
	size_t n = 0;

	for (const struct journal_verb *v = journal_verbs; v->name; v++) {
		if (strcmp(v->name, args->value) == 0)
			look->verb = v;
		names[n++] = v->name;
	}
	names[n] = NULL;
	if (look->verb != NULL)
		return ARGS_END;
	near = tree_nearest(span_text(args->value), names);
	return args_fault(args,
	    "\"%s\" is none of ls, cat, verify, repair%s%s%s", args->value,
	    near == NULL ? "" : "; did you mean \"", near == NULL ? "" : near,
	    near == NULL ? "" : "\"?");
}

static int
journal_args(struct journal_look *look, struct args *args, const char **paths,
    size_t *npaths)
{
	int what;

	while ((what = args_next(args)) > ARGS_END) {
		if (what == JOURNAL_LINES)
			look->lines = true;
		else if (what == JOURNAL_TO)
			look->to = args->value;
		else if (look->verb != NULL)
			paths[(*npaths)++] = args->value;
		else if ((what = journal_verb(look, args)) != ARGS_END)
			return what;
	}
	if (what != ARGS_END)
		return what;
	if (look->verb == NULL || *npaths == 0)
		return args_fault(
		    args, "needs ls, cat, verify or repair, then DIR or FILE");
	if (look->lines && look->verb->entry == NULL)
		return args_fault(args, "--lines is for cat");
	if (look->verb->repairs != (look->to != NULL) ||
	    (look->verb->repairs && *npaths > 1))
		return args_fault(args,
		    "repair takes one DIR and --to NEW, a folder to be made; "
		    "--to is for repair");
	return ARGS_END;
}

static int
journal_run(struct args *args)
{
	struct journal_look look = {0};
	struct arena arena;
	const char **paths;
	size_t npaths = 0;
	struct err err;
	enum rc rc = RC_OK;
	int what;

	arena_init(&arena);
	paths = arena_alloc(&arena, (size_t)args->argc * sizeof(*paths));
	what = journal_args(&look, args, paths, &npaths);
	for (size_t i = 0; what == ARGS_END && i < npaths && rc == RC_OK; i++) {
		look.last_seq = 0;
		rc = look.verb->repairs ? journal_report_repair(paths[i],
					      look.to, &look.damaged, &err)
					: journal_path(&look, paths[i], &err);
	}
	arena_fini(&arena);
	buf_fini(&look.out);
	if (what != ARGS_END)
		return command_stop(&command_journal, what);
	if (rc != RC_OK)
		return command_stuck("journal", &err);
	return command_flush(look.damaged ? STATUS_BAD : STATUS_GOOD);
}

const struct command command_journal = {.name = "journal",
    .usage = "ls|cat|verify|repair [--lines] [--to NEW] DIR|FILE…",
    .summary = "looks into segments, copies what is good of damaged ones",
    .help =
	"ls      one JSON object a segment: file, first and last entry,\n"
	"        from and to (arrival times), entries, bytes, sealed\n"
	"cat     one JSON object an entry: seq, time, kind, source,\n"
	"        request_id, records (how many), bytes; with --lines the\n"
	"        records' own bytes, as they were sent\n"
	"verify  one JSON object a segment, as ls and with every damaged\n"
	"        place; of a data folder each checkpoint too: file, last\n"
	"        entry, bytes, parts (bytes of each, plain)\n"
	"repair  copies every sound entry of a journal's folder to NEW, under\n"
	"        the names of their files; one JSON object a segment, as\n"
	"        verify and with the bytes copied. DIR is not changed\n\n"
	"Damage is said on standard error too, and makes the exit status 1.\n"
	"A torn place has nothing sound behind it; in the last segment that\n"
	"is what a power cut leaves.\n",
    .options = journal_command_options,
    .run = journal_run};
