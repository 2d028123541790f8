/*
 * Retention: old messages are dropped as the channels' options say (retention_age, retention_count), a little at a time.
 */
#ifndef CARILLON_CHANNEL_RETENTION_H
#define CARILLON_CHANNEL_RETENTION_H

/* On one worker, as it begins: goes through all conversations now and then. retention_stop as that worker ends. */
void retention_start(void);
void retention_stop(void);

#endif
