/* The answer that Firehose's contract prescribes. */
#ifndef INGEST_FEED_REPLY_H
#define INGEST_FEED_REPLY_H

#include <microhttpd.h>

#include "base/span.h"

/* Queues {"requestId","timestamp","errorMessage"?} and counts it. `close`:
 * the connection ends with it, for what came behind cannot be trusted. */
enum MHD_Result feed_reply(struct MHD_Connection *connection, unsigned status,
    struct span request_id, const char *message, bool close);

#endif
