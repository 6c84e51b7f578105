#!/usr/bin/env bash
# A real Slurm on this machine alone, without systemd or cgroups: to try `involve sweep --launcher slurm`.
# Needs munged, slurmctld and slurmd (Debian: apt-get install slurm-wlm munge). Everything it writes is in
# one folder; nothing under /etc is touched. Works as root and as an ordinary user.
#
#   scripts/slurm-on-one-machine.sh start [FOLDER]    starts it; prints the line to put into the shell
#   scripts/slurm-on-one-machine.sh stop [FOLDER]     ends its daemons and their jobs
set -euo pipefail

command=${1:-}
folder=$(realpath -m "${2:-${TMPDIR:-/tmp}/involve-slurm-$(id -u)}")
cpus=${SLURM_TEST_CPUS:-2}
port=${SLURM_TEST_PORT:-16817}
PATH=$PATH:/usr/sbin:/sbin

need() {
  command -v "$1" >/dev/null && return
  echo "error: $1 is not on this machine" >&2
  echo "  try: apt-get install slurm-wlm munge" >&2
  exit 3
}

ended() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

stop() {
  [ -e "$folder/slurm.conf" ] && SLURM_CONF=$folder/slurm.conf timeout 5 scancel --user="$(id -un)" 2>/dev/null || true
  for name in slurmd slurmctld munged; do
    pid=$(cat "$folder/$name.pid" 2>/dev/null) || continue
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 50); do ended "$pid" && break; sleep 0.1; done
    ended "$pid" || kill -9 "$pid" 2>/dev/null || true
    rm -f "$folder/$name.pid"
  done
}

start() {
  for program in munged slurmctld slurmd sbatch; do need "$program"; done
  stop
  mkdir -p "$folder"/{state,spool,log}
  chmod 755 "$folder"
  host=$(hostname -s)
  [ -e "$folder/munge.key" ] || (umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
  cat >"$folder/slurm.conf" <<CONF
ClusterName=one-machine
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
# No cgroups: a job is its process group.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# The node may say of itself what the next line does not, and comes back after a restart.
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=30
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
  export SLURM_CONF=$folder/slurm.conf
  # --force: the folder may be closed to other users, who need no Slurm of ours.
  munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" --pid-file="$folder/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge.seed" --num-threads=2 2>>"$folder/log/munged.log"
  slurmctld -f "$SLURM_CONF" -c
  slurmd -f "$SLURM_CONF" -c
  for _ in $(seq 150); do
    state=$(timeout 5 sinfo --noheader --format=%T 2>/dev/null || true)
    [ "$state" = idle ] && break
    sleep 0.2
  done
  if [ "${state:-}" != idle ]; then
    echo "error: Slurm did not come up (node ${state:-unknown}); its logs are in $folder/log" >&2
    stop
    exit 1
  fi
  echo "export SLURM_CONF=$SLURM_CONF"
}

case $command in
  start) start ;;
  stop) stop ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
