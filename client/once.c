#include "once.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "load.h"
#include "mix.h"
#include "net.h"
#include "reply_text.h"
#include "resp.h"

enum { ROOM_BYTES = 16 << 10 };

static int fail(char error[ONCE_ERROR_BYTES], const char *text)
{
    snprintf(error, ONCE_ERROR_BYTES, "%s", text);
    return -1;
}

/* What recv or send left in errno; a timeout of the socket shows as EAGAIN. */
static int fail_errno(char error[ONCE_ERROR_BYTES])
{
    return fail(error, errno == EAGAIN || errno == EINPROGRESS ? "no reply within the timeout"
                                                               : strerror(errno));
}

static int receive(int fd, struct resp_reply *reply, struct buf *in, char error[ONCE_ERROR_BYTES])
{
    for (;;) {
        enum resp_status status = resp_reply_parse(reply, buf_head(in), buf_length(in));
        if (status == RESP_COMPLETE)
            return 0;
        if (status == RESP_BROKEN)
            return fail(error, "the reply is not RESP");
        if (!buf_reserve(in, ROOM_BYTES))
            return fail(error, strerror(ENOMEM));
        ssize_t n = recv(fd, buf_tail(in), buf_room(in), 0);
        if (n == 0)
            return fail(error, "the server closed the connection before the whole reply");
        if (n < 0 && errno != EINTR)
            return fail_errno(error);
        if (n > 0)
            buf_extend(in, (size_t)n);
    }
}

/* The exit status for a reply that was printed; -1 for one that does not answer the question. */
static int judge(const struct load *load, struct draw_point at, const struct resp_reply *reply,
                 const struct buf *in, char error[ONCE_ERROR_BYTES])
{
    struct buf word = {0}, expected = {0};
    const struct request *request = mix_request(load->mix, mix_kind(load->mix, at));
    enum request_answer answer = request_judge(request, at, reply, buf_head(in), &word, &expected);
    buf_free(&word);
    buf_free(&expected);
    if (answer == REQUEST_NO_MEMORY)
        return fail(error, strerror(ENOMEM));
    if (answer == REQUEST_WRONG || buf_length(in) > reply->bytes)
        return fail(error, "that is not the answer to what was asked");
    return reply->type == RESP_ERROR ? 1 : 0;
}

static int ask(int fd, const struct load *load, struct buf *out, struct buf *in,
               char error[ONCE_ERROR_BYTES])
{
    struct buf word = {0};
    struct resp_reply reply;
    struct draw_point at = {.seed = load->seed};
    request_encode(mix_request(load->mix, mix_kind(load->mix, at)), at, &word, out);
    bool encoded = !word.failed && !out->failed;
    buf_free(&word);
    if (!encoded)
        return fail(error, strerror(ENOMEM));
    if (net_send_all(fd, buf_head(out), buf_length(out)) != 0)
        return fail_errno(error);
    resp_reply_init(&reply, &resp_default_limits);
    if (receive(fd, &reply, in, error) != 0)
        return -1;
    reply_text_put(stdout, &reply, buf_head(in), isatty(STDOUT_FILENO));
    return judge(load, at, &reply, in, error);
}

int once_run(const struct load *load, char error[ONCE_ERROR_BYTES])
{
    struct buf out = {0}, in = {0};
    int status = -1, fd = net_socket(&load->target, 0);
    if (fd < 0)
        return fail_errno(error);
    if (net_set_timeouts(fd, load->timeout_ns, load->timeout_ns) != 0 ||
        net_connect(fd, &load->target) != 0)
        fail_errno(error);
    else
        status = ask(fd, load, &out, &in, error);
    close(fd);
    buf_free(&out);
    buf_free(&in);
    return status;
}
