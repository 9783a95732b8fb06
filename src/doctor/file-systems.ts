import { readFileSync, statfsSync } from 'node:fs';

/** What a type of file system means for a store. */
export type FileSystemKind = 'local' | 'network' | 'memory' | 'overlay' | 'unknown';

/** Types as /proc/self/mountinfo names them, by kind. Cluster file systems of one disk for several machines count as network. */
const kinds: Readonly<Record<Exclude<FileSystemKind, 'unknown'>, readonly string[]>> = {
  local: [
    ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'bcachefs', 'jfs', 'reiserfs', 'nilfs2', 'apfs', 'hfs', 'ufs'],
    ...['ntfs', 'ntfs3', 'fuseblk', 'vfat', 'msdos', 'exfat'],
  ],
  network: [
    ...['nfs', 'nfs4', 'lustre', 'gpfs', 'mmfs', 'beegfs', 'beegfs_nodev', 'fhgfs', 'ceph', 'fuse.ceph', 'fuse.ceph-fuse'],
    ...['cifs', 'smb3', 'smbfs', '9p', 'virtiofs', 'afs', 'openafs', 'panfs', 'pvfs2', 'orangefs', 'glusterfs', 'fuse.glusterfs'],
    ...['wekafs', 'dvs', 'gfs2', 'ocfs2', 'fuse.sshfs', 'fuse.juicefs', 'fuse.rclone', 'fuse.s3fs', 'fuse.gcsfuse', 'davfs'],
    ...['fuse.davfs2', 'vboxsf', 'fuse.vmhgfs-fuse', 'prl_fs', 'fuse.grpcfuse', 'fakeowner'],
  ],
  memory: ['tmpfs', 'ramfs', 'devtmpfs', 'hugetlbfs'],
  overlay: ['overlay', 'aufs', 'unionfs', 'fuse.fuse-overlayfs', 'fuse.unionfs-fuse', 'fuse.mergerfs'],
};

/** The numbers of statfs(2), where there is no mountinfo (linux/magic.h and the file systems' own headers). */
const magic: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  801189825: 'zfs',
  4076150800: 'f2fs',
  26985: 'nfs',
  198183888: 'lustre',
  1196443219: 'gpfs',
  428016422: 'beegfs',
  12805120: 'ceph',
  4283649346: 'cifs',
  4266872130: 'smb3',
  16914839: '9p',
  1397113167: 'afs',
  18225520: 'gfs2',
  16914836: 'tmpfs',
  2240043254: 'ramfs',
  2035054128: 'overlay',
};

/** Mount options with which locks reach no further than this machine, or nowhere (nfs(5), mount.cifs(8), mount.lustre(8)). */
const lockOptions = /^(nolock|local_lock=(all|posix|flock)|localflock|noflock|nobrl)$/;

/** The file system of a folder. */
export interface FileSystem {
  /** As the system calls it: `ext4`. */
  readonly type: string;
  readonly kind: FileSystemKind;
  readonly mountPoint?: string | undefined;
  /** Options that keep locks from reaching other machines. */
  readonly lockOptions: readonly string[];
  readonly isReadOnly: boolean;
}

/**
 * The file system that a folder is on.
 *
 * @param folder absolute, through all links
 * @param mountinfo the text of /proc/self/mountinfo; by default the system's, where it has one
 */
export function fileSystemOf(folder: string, mountinfo: string | undefined = readMountinfo()): FileSystem {
  const mount = mountinfo === undefined ? undefined : mountOf(folder, mountinfo);
  if (mount) return mount;
  const type = magic[statfsSync(folder).type >>> 0] ?? 'unknown';
  return { type, kind: kindOf(type), lockOptions: [], isReadOnly: false };
}

function kindOf(type: string): FileSystemKind {
  const found = Object.entries(kinds).find(([, types]) => types.includes(type));
  return (found?.[0] as FileSystemKind | undefined) ?? 'unknown';
}

function readMountinfo(): string | undefined {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return undefined;
  }
}

/** The mount with the longest path above the folder; of several on one path the last, which hides the others (proc_pid_mountinfo(5)). */
function mountOf(folder: string, mountinfo: string): FileSystem | undefined {
  let best: FileSystem | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before = '', after] = line.split(' - ');
    if (after === undefined) continue;
    const [, , , , path = '', own = ''] = before.split(' ');
    const [type = '', , whole = ''] = after.split(' ');
    const mountPoint = path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const isAbove = folder === mountPoint || folder.startsWith(mountPoint.endsWith('/') ? mountPoint : `${mountPoint}/`);
    if (!isAbove || mountPoint.length < (best?.mountPoint?.length ?? 0)) continue;
    const given = [...own.split(','), ...whole.split(',')];
    best = {
      type,
      kind: kindOf(type),
      mountPoint,
      lockOptions: given.filter((option) => lockOptions.test(option)),
      isReadOnly: given.includes('ro'),
    };
  }
  return best;
}
