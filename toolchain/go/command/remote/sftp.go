package remote

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
)

// copyPath copies a file or a directory.
//
//	source  target is a directory   target does not exist   target is a file
//	file    target/file             target                  target, overwritten
//	dir     target/dir              target/dir              an error
//	dir/    target/*                target/*                an error
func copyPath(files *sftp.Client, source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if info.IsDir() {
		return copyDirectory(files, source, target)
	}
	there, err := stat(files, target)
	if err != nil {
		return err
	}
	if there != nil && there.IsDir() {
		target = path.Join(target, filepath.Base(source))
	}
	return copyFile(files, source, target)
}

func copyDirectory(files *sftp.Client, source, target string) error {
	if err := makeDirectory(files, target); err != nil {
		return err
	}
	if !strings.HasSuffix(source, "/") {
		target = path.Join(target, filepath.Base(source))
	}
	return filepath.WalkDir(source, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(source, name)
		if err != nil {
			return err
		}
		there := path.Join(target, filepath.ToSlash(relative))
		if entry.IsDir() {
			return makeDirectory(files, there)
		}
		return copyFile(files, name, there)
	})
}

func copyFile(files *sftp.Client, source, target string) error {
	content, err := os.Open(source)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	defer func() { _ = content.Close() }()
	return writeFile(files, content, target)
}

func writeFile(files *sftp.Client, content io.Reader, target string) error {
	file, err := files.Create(target)
	if err != nil {
		return fmt.Errorf("%s: could not be created: %w", target, err)
	}
	_, err = io.Copy(file, content)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s: could not be written: %w", target, err)
	}
	return nil
}

func makeDirectory(files *sftp.Client, target string) error {
	there, err := stat(files, target)
	switch {
	case err != nil:
		return err
	case there == nil:
		if err := files.Mkdir(target); err != nil {
			return fmt.Errorf("%s: could not be created: %w", target, err)
		}
	case !there.IsDir():
		return fmt.Errorf("%s: exists and is not a directory", target)
	}
	return nil
}

// stat returns nil for what does not exist.
func stat(files *sftp.Client, target string) (fs.FileInfo, error) {
	info, err := files.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", target, err)
	}
	return info, nil
}
