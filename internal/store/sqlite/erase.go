package sqlite

import "github.com/tradeback/tradeback/internal/store"

// erase takes the raw bodies of items out of the file: what held them is overwritten, not only given up.
func (r *round) erase(c store.Conn, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := r.exec(`PRAGMA secure_delete = ON`); err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := r.exec(`DELETE FROM raws WHERE item = (SELECT n FROM items WHERE connection = ? AND id = ?)`, string(c), id); err != nil {
			return err
		}
	}
	_, err := r.exec(`PRAGMA secure_delete = OFF`)
	return err
}
