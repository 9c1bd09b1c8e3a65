/* The configuration while it runs: into the log, and read again. */
#include "app/run.h"
#include "app/run_state.h"
#include "base/log.h"

enum rc
run_append_config(
    struct run *self, const struct config *config, struct err *err)
{
	struct entry entry = {.kind = ENTRY_CONFIG};
	struct buf payload = {0};
	uint64_t seq;
	enum rc rc = RC_OK;

	config_entry(config, self->follow, &payload);
	entry.config = buf_span(&payload);
	if (!span_equal(entry.config, buf_span(&self->payload))) {
		rc = journal_append_wait(self->journal, &entry, &seq, err);
		if (rc == RC_OK) {
			log_info("config_appended", "seq=%llu alarms=%zu",
			    (unsigned long long)seq, config->alarms.count);
			buf_clear(&self->payload);
			buf_span_put(&self->payload, entry.config);
		}
	}
	buf_fini(&payload);
	return rc;
}

void
run_follow(struct run *self, const struct config *config)
{
	delay_follow_rows(self->follow, config->bounds, config->nbounds,
	    config->delays, config->ndelays);
}

void
run_follow_on(struct run *self)
{
	struct err err;

	pthread_mutex_lock(&self->lock);
	if (run_append_config(self,
		self->current != NULL ? self->current : self->config,
		&err) != RC_OK)
		log_error("delay_not_changed", "%s", err.text);
	pthread_mutex_unlock(&self->lock);
}

void
run_tell_left_out(const struct config *config, const struct faults *left_out)
{
	for (const struct fault *f = left_out->first; f != NULL; f = f->next)
		log_warn("alarm_fault", "%s:%u:%u: %s", f->file, f->line,
		    f->column, f->text);
	if (config != NULL && config->alarms.nleft_out > 0)
		log_warn("alarms_left_out",
		    "%zu alarms do not run because of their faults, %zu do; "
		    "--strict makes that fatal",
		    config->alarms.nleft_out, config->alarms.count);
}

/* An alarm that runs, and would not any more because of a fault; NULL: none.
 * A slip of the pen must not take a bell away. */
static const struct span *
run_lost(const struct run *self, const struct config *config)
{
	const struct config *running =
	    self->current != NULL ? self->current : self->config;

	for (size_t i = 0; i < config->alarms.nleft_out; i++)
		for (size_t k = 0; k < running->alarms.count; k++)
			if (span_equal(config->alarms.left_out[i],
				running->alarms.alarms[k].name))
				return &config->alarms.left_out[i];
	return NULL;
}

/* Into the log, and in the place of what runs. */
static bool
run_swap(struct run *self, struct config **config)
{
	struct err err;
	bool good;

	pthread_mutex_lock(&self->lock);
	run_follow(self, *config);
	good = run_append_config(self, *config, &err) == RC_OK;
	if (good) {
		config_free(&self->current);
		self->current = *config;
		*config = NULL;
	} else {
		run_follow(
		    self, self->current != NULL ? self->current : self->config);
		log_error("reload_failed", "%s", err.text);
	}
	pthread_mutex_unlock(&self->lock);
	return good;
}

/* Takes the configuration, or says why not. */
static void
run_take(struct run *self, struct config **config)
{
	const struct span *lost = run_lost(self, *config);

	if (lost != NULL) {
		log_error("reload_refused",
		    "alarm=\"%.*s\" runs now and has faults in the files; "
		    "the old configuration stays",
		    SPAN_ARGS(*lost));
		return;
	}
	if (!run_swap(self, config))
		return;
	log_info("reloaded",
	    "alarms=%zu alarms, delays, region and account are as in the "
	    "file; all else takes a restart",
	    self->current->alarms.count);
	own_metrics_switch(self->own, own_metrics_wanted(self->current));
}

void
run_reload(struct run *self)
{
	struct faults faults, left_out;
	struct config *config;

	faults_init(&faults);
	faults_init(&left_out);
	config = config_load(self->path, self->strict, &faults, &left_out);
	run_tell_left_out(config, &left_out);
	for (const struct fault *f = faults.first; f != NULL; f = f->next)
		log_error("config_fault", "%s:%u:%u: %s", f->file, f->line,
		    f->column, f->text);
	if (config == NULL)
		log_error("reload_refused",
		    "faults=%zu the old configuration stays", faults.count);
	else
		run_take(self, &config);
	config_free(&config);
	faults_fini(&faults);
	faults_fini(&left_out);
}
