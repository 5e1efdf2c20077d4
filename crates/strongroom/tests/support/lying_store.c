/* A store that lies, for the tests: loaded into the program with LD_PRELOAD, it stands between the program and the kernel
 * and answers for chosen files and folders what a broken disk, cable, cache or file server would.
 *
 * The program asks the kernel partly through the C library and partly by itself, so that to replace functions of the
 * library would not do. A seccomp filter hands every call of the kinds below to a handler in this process instead, which
 * makes the call by the one instruction that the filter lets through, and bends the answer.
 *
 * $LYING_STORE names a file of rules, a line each:  KIND OPENINGS DEVICE INODE
 * OPENINGS is how many openings (of a folder: listings) are lied to in each process, 0 all of them, and -N all but the
 * first N. Beside it lies `<rules>.told`, 4 bytes a rule, in which it is counted how often each lie was told.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

long true_call(long number, long a, long b, long c, long d, long e);
extern char true_call_end[] __attribute__((visibility("hidden")));

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
__asm__(".text\n.globl true_call\n.hidden true_call\n.hidden true_call_end\ntrue_call:\n"
        "mov %rdi, %rax\nmov %rsi, %rdi\nmov %rdx, %rsi\nmov %rcx, %rdx\nmov %r8, %r10\nmov %r9, %r8\n"
        "syscall\n.globl true_call_end\ntrue_call_end:\nret\n");
#define ARGUMENT(context, n) ((context)->uc_mcontext.gregs[(int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8}[n]])
#define ANSWER(context) ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
__asm__(".text\n.globl true_call\n.hidden true_call\n.hidden true_call_end\ntrue_call:\n"
        "mov x8, x0\nmov x0, x1\nmov x1, x2\nmov x2, x3\nmov x3, x4\nmov x4, x5\n"
        "svc #0\n.globl true_call_end\ntrue_call_end:\nret\n");
#define ARGUMENT(context, n) ((context)->uc_mcontext.regs[n])
#define ANSWER(context) ((context)->uc_mcontext.regs[0])
#else
#error "the lying store does not know this kind of machine: add how it calls its kernel"
#endif

enum kind { EMPTY, CUT, SHORT, ZEROS, FLIPPED, BROKEN, ABSENT, UNLISTED, KINDS };
static const char *const NAMES[KINDS] = {"empty", "cut", "short", "zeros", "flipped", "broken", "absent", "unlisted"};

struct rule {
    uint64_t device, inode;
    enum kind kind;
    int openings, seen, lied_to;
    uint32_t *told;
};

/* Open addressing by inode; twice as many places as rules. */
static struct rule *rules;
static size_t places;

static void give_up(const char *why) {
    dprintf(2, "lying store: %s\n", why);
    _exit(99);
}

static struct rule *find(uint64_t device, uint64_t inode) {
    for (size_t place = inode % places;; place = (place + 1) % places) {
        struct rule *rule = &rules[place];
        if (!rule->told || (rule->device == device && rule->inode == inode)) return rule;
    }
}

/* Returns the rule that an open file is under, and its length. */
static struct rule *rule_of(int file, int64_t *length) {
    struct stat seen;
    if (true_call(SYS_fstat, file, (long)&seen, 0, 0, 0) < 0) return NULL;
    struct rule *rule = find(seen.st_dev, seen.st_ino);
    *length = seen.st_size;
    return rule->told ? rule : NULL;
}

static void tell(struct rule *rule) { __atomic_fetch_add(rule->told, 1, __ATOMIC_RELAXED); }

static int is_its_turn(struct rule *rule) {
    int number = __atomic_add_fetch(&rule->seen, 1, __ATOMIC_RELAXED);
    return rule->openings > 0 ? number <= rule->openings : number > -rule->openings;
}

static long opened(long file) {
    int64_t length;
    if (file < 0) return file;
    struct rule *rule = rule_of(file, &length);
    if (!rule || rule->kind == UNLISTED) return file;
    if (!is_its_turn(rule)) {
        int own = file;
        __atomic_compare_exchange_n(&rule->lied_to, &own, -1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        return file;
    }
    __atomic_store_n(&rule->lied_to, file, __ATOMIC_RELAXED);
    if (rule->kind != ABSENT) return file;
    tell(rule);
    true_call(SYS_close, file, 0, 0, 0, 0);
    return -ENOENT;
}

/* Reads by a place of its own when it has one, as pread does. */
static long read_at(int file, unsigned char *buffer, size_t length, int64_t own_place) {
    int64_t place = own_place, size;
    struct rule *rule = rule_of(file, &size);
    int lies = rule && rule->kind < ABSENT
               && (rule->openings == 0 || __atomic_load_n(&rule->lied_to, __ATOMIC_RELAXED) == file);
    if (lies && own_place < 0) {
        place = true_call(SYS_lseek, file, 0, SEEK_CUR, 0, 0);
        lies = place >= 0;
    }
    int64_t half = size / 2;
    if (lies && rule->kind == EMPTY) return tell(rule), 0;
    if (lies && place >= half && rule->kind == CUT) return tell(rule), 0;
    if (lies && place >= half && rule->kind == BROKEN) return tell(rule), -EIO;
    if (lies && (rule->kind == CUT || rule->kind == BROKEN) && (int64_t)length > half - place) length = half - place;
    if (lies && rule->kind == SHORT && length > 7) length = 7, tell(rule);
    long got = own_place < 0 ? true_call(SYS_read, file, (long)buffer, length, 0, 0)
                             : true_call(SYS_pread64, file, (long)buffer, length, own_place, 0);
    if (got <= 0 || !lies) return got;
    if (rule->kind == ZEROS) tell(rule), memset(buffer, 0, got);
    if (rule->kind == FLIPPED && place <= half && half < place + got) tell(rule), buffer[half - place] ^= 1;
    return got;
}

static long list(int folder, long entries, long length) {
    int64_t size;
    struct rule *rule = rule_of(folder, &size);
    if (rule && rule->kind == UNLISTED && true_call(SYS_lseek, folder, 0, SEEK_CUR, 0, 0) == 0 && is_its_turn(rule))
        return tell(rule), 0;
    return true_call(SYS_getdents64, folder, entries, length, 0, 0);
}

static void answer(int signal, siginfo_t *info, void *machine) {
    ucontext_t *context = machine;
    long a = ARGUMENT(context, 0), b = ARGUMENT(context, 1), c = ARGUMENT(context, 2), d = ARGUMENT(context, 3);
    (void)signal;
    switch (info->si_syscall) {
    case SYS_read: ANSWER(context) = read_at(a, (unsigned char *)b, c, -1); break;
    case SYS_pread64: ANSWER(context) = read_at(a, (unsigned char *)b, c, d); break;
    case SYS_getdents64: ANSWER(context) = list(a, b, c); break;
    case SYS_openat:
    case SYS_openat2: ANSWER(context) = opened(true_call(info->si_syscall, a, b, c, d, 0)); break;
    default: ANSWER(context) = -ENOSYS;
    }
}

static void learn(const char *path) {
    char name[16], beside[4096];
    unsigned long long device, inode;
    int openings;
    size_t count = 0;
    FILE *file = fopen(path, "re");
    if (!file) give_up("cannot read the rules");
    for (int byte; (byte = fgetc(file)) != EOF;) count += byte == '\n';
    rewind(file);
    snprintf(beside, sizeof beside, "%s.told", path);
    int counts = open(beside, O_RDWR | O_CLOEXEC);
    uint32_t *told = mmap(NULL, count * sizeof *told + 1, PROT_READ | PROT_WRITE, MAP_SHARED, counts, 0);
    if (told == MAP_FAILED) give_up("cannot count what is told");
    close(counts);
    places = 2 * count + 1;
    rules = calloc(places, sizeof *rules);
    while (fscanf(file, "%15s %d %llu %llu", name, &openings, &device, &inode) == 4) {
        struct rule *rule = find(device, inode);
        *rule = (struct rule){device, inode, KINDS, openings, 0, -1, told++};
        for (int kind = 0; kind < KINDS; kind++)
            if (!strcmp(name, NAMES[kind])) rule->kind = kind;
        if (rule->kind == KINDS) give_up("a rule of no kind");
    }
    fclose(file);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("LYING_STORE");
    if (!path) return;
    learn(path);
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigaction(SIGSYS, &action, NULL);
    uint64_t own = (uint64_t)(uintptr_t)true_call_end;
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define CALL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)own, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(own >> 32), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        LOAD(nr),
        CALL(read),
        CALL(pread64),
        CALL(getdents64),
        CALL(openat),
        CALL(openat2),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        give_up("this machine allows no filter");
}
