/*
 * What alarms say of one another: no two of one name, and composites whose
 * children and suppressors are there and form no cycle.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/table.h"
#include "pipeline/alarm/definition/definition.h"
#include "pipeline/alarm/rule.h"

#define LINK_MANY ((void *)-1) /* of a name that several alarms have */

enum link_mark { LINK_NEW, LINK_OPEN, LINK_DONE };

/* A composite whose references are being followed. */
struct link_step {
	size_t alarm;
	size_t next; /* reference to follow next */
};

struct link {
	struct definitions *all;
	struct arena *arena;
	struct faults *faults;
	struct table by_arn, by_name; /* → index + 1 */
	struct table left_out;	      /* names → themselves */
	size_t **children;	      /* of composites, in the arena */
	size_t *suppressors;
	unsigned char *marks;
	bool *out;
	struct link_step *steps;
	size_t nsteps;
	size_t *order;
	size_t norder;
};

static void *
link_alloc(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (memory == NULL)
		log_die("out of memory: links of %zu alarms", count);
	return memory;
}

static void __attribute__((format(printf, 4, 5)))
link_fault(struct link *l, size_t i, const char *key, const char *format, ...)
{
	const struct tree *node = l->all->nodes[i];
	const struct tree *member = tree_get(node, key);
	char text[800];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tree_fault(member != NULL ? member : node, l->faults,
	    "alarm \"%.*s\": %s%s%s", SPAN_ARGS(l->all->alarms[i].name),
	    member != NULL ? key : "", member != NULL ? ": " : "", text);
	l->out[i] = true;
}

static void *
link_value(size_t index)
{
	return (void *)(uintptr_t)(index + 1);
}

static void
link_index(struct link *l)
{
	struct definitions *all = l->all;

	for (size_t i = 0; i < all->count; i++) {
		const struct alarm *a = &all->alarms[i];
		void *before = table_get(&l->by_arn, a->arn);

		if (before != NULL) {
			const struct tree *first =
			    all->nodes[(uintptr_t)before - 1];

			link_fault(l, i, "AlarmName",
			    "is defined a second time (%.*s); the first is at "
			    "%s:%u",
			    SPAN_ARGS(a->arn), first->file, first->line);
			continue;
		}
		table_put(&l->by_arn, a->arn, link_value(i));
		if (table_put(&l->by_name, a->name, link_value(i)) != NULL)
			table_put(&l->by_name, a->name, LINK_MANY);
	}
	for (size_t i = 0; i < all->nleft_out; i++)
		if (all->left_out[i].len > 0)
			table_put(&l->left_out, all->left_out[i], l);
}

/* The alarm that a composite names, DEFINITION_NONE when there is none. */
static size_t
link_find(struct link *l, const struct alarm *from, struct span ref)
{
	const bool arn = span_starts(ref, "arn:");
	struct buf text = {0};
	void *found = NULL;

	if (arn) {
		found = table_get(&l->by_arn, ref);
	} else if (from->arn.len > from->name.len) {
		/* The ARN of the same Region and account. */
		buf_put(&text, from->arn.at, from->arn.len - from->name.len);
		buf_span_put(&text, ref);
		found = table_get(&l->by_arn, buf_span(&text));
		buf_fini(&text);
	}
	if (found == NULL && !arn)
		found = table_get(&l->by_name, ref);
	if (found == NULL || found == LINK_MANY)
		return DEFINITION_NONE;
	return (uintptr_t)found - 1;
}

static struct span
link_name(struct span ref)
{
	size_t colons = 0;

	for (size_t i = 0; span_starts(ref, "arn:") && i < ref.len; i++)
		if (ref.at[i] == ':' && ++colons == 6)
			return span_make(ref.at + i + 1, ref.len - i - 1);
	return ref;
}

/* Why there is no alarm of the name; true when it is unknown. A name may hold
 * any byte, the one that ends texts too. */
static bool
link_absent(
    struct link *l, struct span ref, struct buf *unknown, struct buf *others)
{
	if (table_get(&l->by_name, ref) == LINK_MANY)
		buf_printf(others,
		    "several alarms are named \"%.*s\"; name one by its ARN",
		    SPAN_ARGS(ref));
	else if (table_get(&l->left_out, link_name(ref)) != NULL)
		buf_printf(others,
		    "alarm \"%.*s\" is left out, having faults of its own",
		    SPAN_ARGS(ref));
	else {
		buf_printf(unknown, "%s%.*s", unknown->len > 0 ? ", " : "",
		    SPAN_ARGS(ref));
		return true;
	}
	return false;
}

static void
link_children(struct link *l, size_t i, size_t *children)
{
	const struct alarm *a = &l->all->alarms[i];
	struct buf unknown = {0}, others = {0};
	bool absent = false;

	for (size_t k = 0; k < a->rule->nchildren; k++) {
		children[k] = link_find(l, a, a->rule->children[k]);
		if (children[k] == i)
			link_fault(l, i, "AlarmRule",
			    "A composite alarm cannot have a child relation "
			    "with itself via its AlarmRule");
		else if (children[k] == DEFINITION_NONE)
			absent = link_absent(l, a->rule->children[k], &unknown,
				     &others) ||
			    absent;
		if (others.len > 0)
			link_fault(l, i, "AlarmRule", "%s", buf_cstr(&others));
		buf_clear(&others);
	}
	if (absent)
		link_fault(l, i, "AlarmRule",
		    "Could not save the composite alarm as alarms [%s] in the "
		    "alarm rule do not exist",
		    buf_cstr(&unknown));
	buf_fini(&unknown);
	buf_fini(&others);
}

static void
link_suppressor(struct link *l, size_t i)
{
	const struct alarm *a = &l->all->alarms[i];
	struct buf unknown = {0}, others = {0};
	bool absent = false;

	l->suppressors[i] = link_find(l, a, a->suppressor);
	if (l->suppressors[i] == i)
		link_fault(l, i, "ActionsSuppressor",
		    "A composite alarm cannot suppress itself");
	else if (l->suppressors[i] == DEFINITION_NONE)
		absent = link_absent(l, a->suppressor, &unknown, &others);
	if (absent)
		link_fault(l, i, "ActionsSuppressor",
		    "there is no alarm \"%s\"", buf_cstr(&unknown));
	if (others.len > 0)
		link_fault(l, i, "ActionsSuppressor", "%s", buf_cstr(&others));
	buf_fini(&unknown);
	buf_fini(&others);
}

static void
link_references(struct link *l, size_t i)
{
	const struct alarm *a = &l->all->alarms[i];

	l->suppressors[i] = DEFINITION_NONE;
	if (a->kind != ALARM_COMPOSITE || l->out[i])
		return;
	l->children[i] = arena_alloc(
	    l->arena, (a->rule->nchildren + 1) * sizeof(**l->children));
	link_children(l, i, l->children[i]);
	if (a->suppressor.len > 0)
		link_suppressor(l, i);
}

/* The n-th alarm that a composite waits for, its suppressor last. */
static bool
link_next(const struct link *l, size_t i, size_t n, size_t *found)
{
	const size_t count =
	    l->children[i] == NULL ? 0 : l->all->alarms[i].rule->nchildren;

	*found = n < count ? l->children[i][n] : l->suppressors[i];
	return n < count || (n == count && *found != DEFINITION_NONE);
}

/* The steps from `first` on lead back to it. */
static void
link_cycle(struct link *l, size_t first)
{
	struct buf path = {0};
	size_t start = l->nsteps;

	while (start > 0 && l->steps[start - 1].alarm != first)
		start--;
	invariant(start > 0);
	for (size_t k = start - 1; k < l->nsteps && path.len < 500; k++)
		buf_printf(&path, "\"%.*s\" → ",
		    SPAN_ARGS(l->all->alarms[l->steps[k].alarm].name));
	buf_printf(&path, "\"%.*s\"", SPAN_ARGS(l->all->alarms[first].name));
	for (size_t k = start - 1; k < l->nsteps; k++)
		if (!l->out[l->steps[k].alarm])
			link_fault(l, l->steps[k].alarm, "AlarmRule",
			    "alarms that wait for one another: %s",
			    buf_cstr(&path));
	buf_fini(&path);
}

/* All that a composite waits for is decided. */
static void
link_close(struct link *l, size_t i)
{
	size_t found;

	for (size_t n = 0; !l->out[i] && link_next(l, i, n, &found); n++)
		if (found != DEFINITION_NONE && l->out[found])
			link_fault(l, i,
			    found == l->suppressors[i] ? "ActionsSuppressor"
						       : "AlarmRule",
			    "alarm \"%.*s\" is left out, having faults of its "
			    "own",
			    SPAN_ARGS(l->all->alarms[found].name));
	l->marks[i] = LINK_DONE;
	if (l->all->alarms[i].kind == ALARM_COMPOSITE)
		l->order[l->norder++] = i;
}

/* Depth first, with a stack of our own. */
static void
link_follow(struct link *l, size_t root)
{
	size_t found;

	l->steps[0] = (struct link_step){root, 0};
	l->nsteps = 1;
	l->marks[root] = LINK_OPEN;
	while (l->nsteps > 0) {
		struct link_step *step = &l->steps[l->nsteps - 1];

		if (!link_next(l, step->alarm, step->next++, &found)) {
			link_close(l, step->alarm);
			l->nsteps--;
		} else if (found == DEFINITION_NONE || found == step->alarm) {
			continue;
		} else if (l->marks[found] == LINK_OPEN) {
			link_cycle(l, found);
		} else if (l->marks[found] == LINK_NEW) {
			l->marks[found] = LINK_OPEN;
			l->steps[l->nsteps++] = (struct link_step){found, 0};
		}
	}
}

static void
link_leave_out(struct link *l)
{
	struct definitions *all = l->all;
	struct span *names;
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += l->out[i];
	if (n == 0)
		return;
	names = arena_alloc(l->arena, (all->nleft_out + n) * sizeof(*names));
	if (all->nleft_out > 0)
		memcpy(names, all->left_out, all->nleft_out * sizeof(*names));
	n = all->nleft_out;
	for (size_t i = 0; i < all->count; i++)
		if (l->out[i])
			names[n++] = all->alarms[i].name;
	all->left_out = names;
	all->nleft_out = n;
	all->left_out_room = n;
}

/* Where each alarm moves when those that are left out go; in `moved`. */
static void
link_compact(struct link *l, size_t *moved)
{
	struct definitions *all = l->all;
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++) {
		moved[i] = n;
		if (l->out[i])
			continue;
		all->alarms[n] = all->alarms[i];
		all->nodes[n] = all->nodes[i];
		l->children[n] = l->children[i];
		l->suppressors[n] = l->suppressors[i];
		n++;
	}
	all->count = n;
}

static void
link_write(struct link *l, const size_t *moved, const bool *out)
{
	struct definitions *all = l->all;
	struct definition_links *links =
	    arena_alloc(l->arena, (all->count + 1) * sizeof(*links));
	size_t *composites =
	    arena_alloc(l->arena, (l->norder + 1) * sizeof(*composites));

	for (size_t i = 0; i < all->count; i++) {
		const struct alarm *a = &all->alarms[i];

		links[i].children = l->children[i];
		links[i].suppressor = l->suppressors[i];
		if (a->kind != ALARM_COMPOSITE)
			continue;
		for (size_t k = 0; k < a->rule->nchildren; k++)
			l->children[i][k] = moved[l->children[i][k]];
		if (links[i].suppressor != DEFINITION_NONE)
			links[i].suppressor = moved[links[i].suppressor];
	}
	all->ncomposites = 0;
	for (size_t i = 0; i < l->norder; i++)
		if (!out[l->order[i]])
			composites[all->ncomposites++] = moved[l->order[i]];
	all->links = links;
	all->composites = composites;
}

static void
link_fini(struct link *l)
{
	table_fini(&l->by_arn);
	table_fini(&l->by_name);
	table_fini(&l->left_out);
	free(l->children);
	free(l->suppressors);
	free(l->marks);
	free(l->out);
	free(l->steps);
	free(l->order);
}

void
definitions_link(
    struct definitions *all, struct arena *arena, struct faults *faults)
{
	const size_t n = all->count;
	struct link l = {.all = all, .arena = arena, .faults = faults};
	size_t *moved = link_alloc(n, sizeof(*moved));

	l.children = link_alloc(n, sizeof(*l.children));
	l.suppressors = link_alloc(n, sizeof(*l.suppressors));
	l.marks = link_alloc(n, sizeof(*l.marks));
	l.out = link_alloc(n, sizeof(*l.out));
	l.steps = link_alloc(n, sizeof(*l.steps));
	l.order = link_alloc(n, sizeof(*l.order));
	link_index(&l);
	for (size_t i = 0; i < n; i++)
		link_references(&l, i);
	for (size_t i = 0; i < n; i++)
		if (l.marks[i] == LINK_NEW)
			link_follow(&l, i);
	link_leave_out(&l);
	link_compact(&l, moved);
	link_write(&l, moved, l.out);
	link_fini(&l);
	free(moved);
}
